using Graft.Tensors;

namespace Graft.Formats.KeyMaps;

/// <summary>timm's MobileNetV1: our own names.</summary>
internal sealed class TimmMobileNetV1 : KeyMap
{
    public override string Name => "timm MobileNetV1";

    public override string Family => "mobilenetv1_";

    public override Preprocessing Preprocessing => Preprocessing.Centered;

    public override string Key(string weight) => weight;

    public override IReadOnlyList<string> DecidingKeys { get; } = ["conv_stem.weight", "blocks.4.1.conv_pw.weight"];

    // V2 has both and one more.
    public override bool Matches(IReadOnlyDictionary<string, Tensor> tensors) => base.Matches(tensors) && !tensors.ContainsKey("conv_head.weight");
}
