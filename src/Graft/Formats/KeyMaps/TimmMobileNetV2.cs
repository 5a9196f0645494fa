namespace Graft.Formats.KeyMaps;

/// <summary>timm's MobileNetV2: our own names.</summary>
internal sealed class TimmMobileNetV2 : KeyMap
{
    public override string Name => "timm MobileNetV2";

    public override string Family => "mobilenetv2_";

    public override string Key(string weight) => weight;

    public override IReadOnlyList<string> DecidingKeys { get; } = ["conv_stem.weight", "blocks.6.0.conv_pwl.weight", "conv_head.weight"];
}
