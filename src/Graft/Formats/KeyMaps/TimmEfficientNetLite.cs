using Graft.Models;
using Graft.Tensors;

namespace Graft.Formats.KeyMaps;

/// <summary>timm's EfficientNet-Lite: our own names. TensorFlow's weights, <c>tf_</c>, have the same, and differ in padding and epsilon.</summary>
internal sealed class TimmEfficientNetLite : KeyMap
{
    private const string WideKernel = "blocks.2.0.conv_dw.weight";

    public override string Name => "timm EfficientNet-Lite";

    public override string Family => "efficientnet_lite";

    public override string Key(string weight) => weight;

    public override IReadOnlyList<string> DecidingKeys { get; } = ["conv_stem.weight", "blocks.6.0.conv_pwl.weight", "conv_head.weight"];

    // MobileNetV2 has all these names; its kernels are of 3x3.
    public override bool Matches(IReadOnlyDictionary<string, Tensor> tensors) => base.Matches(tensors) && tensors.TryGetValue(WideKernel, out Tensor? kernel) && kernel.Shape is { Rank: 4 } shape && shape[3] == 5;

    public override bool Covers(Architecture architecture) => IsOfFamilyOrTensorFlow(architecture);
}
