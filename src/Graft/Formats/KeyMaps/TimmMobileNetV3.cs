using Graft.Models;

namespace Graft.Formats.KeyMaps;

/// <summary>timm's MobileNetV3: our own names. TensorFlow's weights, <c>tf_</c>, have the same, and differ in padding and epsilon.</summary>
internal sealed class TimmMobileNetV3 : KeyMap
{
    public override string Name => "timm MobileNetV3";

    public override string Family => "mobilenetv3_";

    public override string Key(string weight) => weight;

    // Of those with a layer behind the pooling only V3's has a bias, and LCNet's, which widens nothing.
    public override IReadOnlyList<string> DecidingKeys { get; } = ["conv_stem.weight", "blocks.1.0.conv_pwl.weight", "conv_head.weight", "conv_head.bias"];

    public override bool Covers(Architecture architecture) => IsOfFamilyOrTensorFlow(architecture);
}
