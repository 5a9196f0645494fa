using System.Collections.Immutable;
using Graft.Models;

namespace Graft.Formats.KeyMaps;

/// <summary>
/// torchvision's MobileNetV3: what a block has is numbered within <c>block</c>, each a convolution and its norm, or a gate, whose layers are <c>fc1</c> and <c>fc2</c>. The last convolution on the image is
/// behind the blocks, and the layer behind the pooling is <c>classifier.0</c>.
/// </summary>
internal sealed class TorchvisionMobileNetV3 : TorchvisionMobileNet
{
    private readonly bool small;
    private readonly ImmutableArray<ImmutableArray<MobileNetV3.Row>> stages;
    private readonly string last, ours;

    /// <summary>Makes the naming of one of the two.</summary>
    /// <param name="small">Whether it is the small one.</param>
    public TorchvisionMobileNetV3(bool small)
    {
        this.small = small;
        stages = MobileNetV3.Stages(small);
        Blocks = [.. stages.Select(stage => stage.Length)];
        last = FormattableString.Invariant($"features.{Blocks.Sum() + 1}");
        ours = FormattableString.Invariant($"blocks.{stages.Length}.0");
        DecidingKeys = ["features.0.0.weight", $"{last}.0.weight", "features.1.block.0.0.weight", "classifier.0.weight"];
    }

    public override string Name => small ? "torchvision MobileNetV3 small" : "torchvision MobileNetV3 large";

    public override string Family => small ? "mobilenetv3_small_" : "mobilenetv3_large_";

    public override IReadOnlyList<string> DecidingKeys { get; }

    public override float Epsilon => 1e-3f;

    // A narrower one has a narrower last layer there than the architecture, which is timm's.
    public override string? TorchvisionFunction(Architecture architecture) => architecture.Width != 1 ? null : small ? "mobilenet_v3_small" : "mobilenet_v3_large";

    protected override ImmutableArray<int> Blocks { get; }

    protected override string? Behind(string node)
    {
        if (node == $"{ours}.conv") return $"{last}.0";
        if (node == $"{ours}.bn1") return $"{last}.1";
        return node switch
        {
            "conv_head" => "classifier.0",
            "classifier" => "classifier.3",
            _ => null,
        };
    }

    protected override string Layer(int stage, int block, BlockPart part, bool isNorm)
    {
        int place = part switch
        {
            BlockPart.Widen => 0,
            BlockPart.Depthwise => Depthwise(stage),
            _ => Depthwise(stage) + (stages[stage][block].SE ? 2 : 1),
        };
        return FormattableString.Invariant($"block.{place}.{(isNorm ? 1 : 0)}");
    }

    protected override string? Gate(int stage, int block, string name) => name switch
    {
        "se.conv_reduce" => FormattableString.Invariant($"block.{Depthwise(stage) + 1}.fc1"),
        "se.conv_expand" => FormattableString.Invariant($"block.{Depthwise(stage) + 1}.fc2"),
        _ => null,
    };

    // The first block widens nothing.
    private static int Depthwise(int stage) => stage == 0 ? 0 : 1;
}
