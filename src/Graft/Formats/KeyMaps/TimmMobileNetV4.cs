namespace Graft.Formats.KeyMaps;

/// <summary>timm's MobileNetV4 without attention: our own names.</summary>
internal sealed class TimmMobileNetV4 : KeyMap
{
    public override string Name => "timm MobileNetV4";

    public override string Family => "mobilenetv4_conv_";

    public override string Key(string weight) => weight;

    public override IReadOnlyList<string> DecidingKeys { get; } = ["conv_stem.weight", "blocks.4.0.conv.weight", "norm_head.weight"];
}
