using System.Collections.Immutable;
using System.Globalization;
using Graft.Models;

namespace Graft.Formats.KeyMaps;

/// <summary>
/// torchvision's MobileNetV3: <c>features.0</c> is the stem, then come the inverted residuals in order and the last convolution on the image; what they have is numbered within <c>block</c>, a gate's layers
/// are <c>fc1</c> and <c>fc2</c>. The layer behind the pooling is <c>classifier.0</c>.
/// </summary>
internal sealed class TorchvisionMobileNetV3 : KeyMap
{
    private readonly bool small;
    private readonly ImmutableArray<ImmutableArray<MobileNetV3.Row>> stages;
    private readonly int last;

    /// <summary>Makes the naming of one of the two.</summary>
    /// <param name="small">Whether it is the small one.</param>
    public TorchvisionMobileNetV3(bool small)
    {
        this.small = small;
        stages = MobileNetV3.Stages(small);
        last = stages.Sum(stage => stage.Length) + 1;
        DecidingKeys = ["features.0.0.weight", string.Create(CultureInfo.InvariantCulture, $"features.{last}.0.weight"), "features.1.block.0.0.weight", "classifier.0.weight"];
    }

    public override string Name => small ? "torchvision MobileNetV3 small" : "torchvision MobileNetV3 large";

    public override WeightNames Names => WeightNames.Torchvision;

    public override string Family => small ? "mobilenetv3_small_" : "mobilenetv3_large_";

    public override IReadOnlyList<string> DecidingKeys { get; }

    public override float Epsilon => 1e-3f;

    public override Preprocessing PreprocessingOf(Architecture architecture) => Preprocessing.Torchvision;

    public override string Key(string weight)
    {
        int dot = weight.LastIndexOf('.');
        (string node, string parameter) = (weight[..dot], weight[(dot + 1)..]);
        string module = node switch
        {
            "conv_stem" => "features.0.0",
            "bn1" => "features.0.1",
            "conv_head" => "classifier.0",
            "classifier" => "classifier.3",
            _ => BlockModule(node.Split('.')),
        };
        return $"{module}.{parameter}";
    }

    // blocks.STAGE.BLOCK.layer, or blocks.STAGE.BLOCK.se.layer
    private string BlockModule(string[] parts)
    {
        if (parts.Length < 4 || parts[0] != "blocks" || !int.TryParse(parts[1], out int stage) || stage > stages.Length || !int.TryParse(parts[2], out int block)) return string.Join('.', parts);
        if (stage == stages.Length) return string.Create(CultureInfo.InvariantCulture, $"features.{last}.{(parts[3] == "conv" ? 0 : 1)}");
        if (block >= stages[stage].Length) return string.Join('.', parts);

        // What there is, in order: a convolution that widens, the depthwise one, the gate, the last one.
        int depthwise = stage == 0 ? 0 : 1, project = stages[stage][block].SE ? depthwise + 2 : depthwise + 1;
        (int layer, string within) = (stage, string.Join('.', parts[3..])) switch
        {
            (0, "conv_dw") => (depthwise, "0"),
            (0, "bn1") => (depthwise, "1"),
            (0, "conv_pw") => (project, "0"),
            (0, "bn2") => (project, "1"),
            (_, "conv_pw") => (0, "0"),
            (_, "bn1") => (0, "1"),
            (_, "conv_dw") => (depthwise, "0"),
            (_, "bn2") => (depthwise, "1"),
            (_, "conv_pwl") => (project, "0"),
            (_, "bn3") => (project, "1"),
            (_, "se.conv_reduce") => (depthwise + 1, "fc1"),
            (_, "se.conv_expand") => (depthwise + 1, "fc2"),
            (_, string other) => (0, other),
        };
        return string.Create(CultureInfo.InvariantCulture, $"features.{stages.Take(stage).Sum(rows => rows.Length) + block + 1}.block.{layer}.{within}");
    }
}
