using System.Collections.Immutable;
using Graft.Models;

namespace Graft.Formats.KeyMaps;

/// <summary>torchvision's MobileNetV2: a block's <c>conv</c> has the layers with an activation as pairs, then the projection and its norm; <c>features.18</c> is the last convolution.</summary>
internal sealed class TorchvisionMobileNetV2 : TorchvisionMobileNet
{
    public override string Name => "torchvision MobileNetV2";

    public override string Family => "mobilenetv2_";

    public override IReadOnlyList<string> DecidingKeys { get; } = ["features.0.0.weight", "features.17.conv.2.weight", "features.18.0.weight"];

    public override string TorchvisionFunction(Architecture architecture) => "mobilenet_v2";

    // The paper's table 2.
    protected override ImmutableArray<int> Blocks { get; } = [1, 2, 3, 4, 3, 3, 1];

    protected override string? Behind(string node) => node switch
    {
        "conv_head" => "features.18.0",
        "bn2" => "features.18.1",
        "classifier" => "classifier.1",
        _ => null,
    };

    protected override string Layer(int stage, int block, BlockPart part, bool isNorm)
    {
        // The first block widens nothing.
        int place = stage == 0 ? (int)part - 1 : (int)part, norm = isNorm ? 1 : 0;
        return part == BlockPart.Project ? FormattableString.Invariant($"conv.{place + norm}") : FormattableString.Invariant($"conv.{place}.{norm}");
    }
}
