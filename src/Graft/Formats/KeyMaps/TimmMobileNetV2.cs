using Graft.Models;

namespace Graft.Formats.KeyMaps;

/// <summary>timm's MobileNetV2: our own names.</summary>
internal sealed class TimmMobileNetV2 : KeyMap
{
    public override string Name => "timm MobileNetV2";

    public override string Family => "mobilenetv2_";

    public override bool IsNamedByTimm(Architecture architecture) => architecture.Width is 0.35 or 0.5 or 0.75 or 1 or 1.4;

    public override string Key(string weight) => weight;

    public override IReadOnlyList<string> DecidingKeys { get; } = ["conv_stem.weight", "blocks.6.0.conv_pwl.weight", "conv_head.weight"];
}
