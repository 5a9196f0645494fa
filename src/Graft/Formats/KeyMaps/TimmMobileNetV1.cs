using Graft.Tensors;

namespace Graft.Formats.KeyMaps;

/// <summary>timm's MobileNetV1: our own names.</summary>
internal sealed class TimmMobileNetV1 : KeyMap
{
    public override string Name => "timm MobileNetV1";

    public override string Family => "mobilenetv1_";

    public override Preprocessing Preprocessing => Preprocessing.Centered;

    public override string Key(string weight) => weight;

    public override bool Matches(IReadOnlyDictionary<string, Tensor> tensors) =>
        tensors.ContainsKey("conv_stem.weight") && tensors.ContainsKey("blocks.4.1.conv_pw.weight") && !tensors.ContainsKey("conv_head.weight");
}
