using Graft.Models;
using Graft.Tensors;

namespace Graft.Formats.KeyMaps;

/// <summary>timm's MobileNetV1: our own names.</summary>
internal sealed class TimmMobileNetV1 : KeyMap
{
    public override string Name => "timm MobileNetV1";

    public override string Family => "mobilenetv1_";

    public override bool IsNamedByTimm(Architecture architecture) => architecture.Width is 1 or 1.25;

    public override string Key(string weight) => weight;

    public override IReadOnlyList<string> DecidingKeys { get; } = ["conv_stem.weight", "blocks.4.1.conv_pw.weight"];

    // Those after it, which widen and narrow, have both and more.
    public override bool Matches(IReadOnlyDictionary<string, Tensor> tensors) => base.Matches(tensors) && !tensors.ContainsKey("blocks.1.0.conv_pwl.weight");
}
