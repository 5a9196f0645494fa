using System.Globalization;
using Graft.Models;

namespace Graft.Formats.KeyMaps;

/// <summary>
/// torchvision's MobileNetV2: <c>features.0</c> is the stem, <c>features.1</c> to <c>17</c> the inverted residuals in order, <c>features.18</c> the
/// last convolution, each convolution and norm numbered within.
/// </summary>
internal sealed class TorchvisionMobileNetV2 : KeyMap
{
    // The blocks before each stage of the paper's table 2.
    private static readonly int[] BlocksBefore = [0, 1, 3, 6, 10, 13, 16];

    public override string Name => "torchvision MobileNetV2";

    public override string Family => "mobilenetv2_";

    public override WeightNames Names => WeightNames.Torchvision;

    public override Preprocessing PreprocessingOf(Architecture architecture) => Preprocessing.Torchvision;

    public override IReadOnlyList<string> DecidingKeys { get; } = ["features.0.0.weight", "features.17.conv.2.weight", "features.18.0.weight"];

    public override string Key(string weight)
    {
        int dot = weight.LastIndexOf('.');
        (string node, string parameter) = (weight[..dot], weight[(dot + 1)..]);
        string module = node switch
        {
            "conv_stem" => "features.0.0",
            "bn1" => "features.0.1",
            "conv_head" => "features.18.0",
            "bn2" => "features.18.1",
            "classifier" => "classifier.1",
            _ => BlockModule(node.Split('.')),
        };
        return $"{module}.{parameter}";
    }

    // blocks.STAGE.BLOCK.layer
    private static string BlockModule(string[] parts)
    {
        if (parts.Length != 4 || parts[0] != "blocks" || !int.TryParse(parts[1], out int stage) || stage >= BlocksBefore.Length || !int.TryParse(parts[2], out int block))
            return string.Join('.', parts);
        string within = (stage, parts[3]) switch
        {
            // The first block has no expansion.
            (0, "conv_dw") => "0.0",
            (0, "bn1") => "0.1",
            (0, "conv_pw") => "1",
            (0, "bn2") => "2",
            (_, "conv_pw") => "0.0",
            (_, "bn1") => "0.1",
            (_, "conv_dw") => "1.0",
            (_, "bn2") => "1.1",
            (_, "conv_pwl") => "2",
            (_, "bn3") => "3",
            _ => parts[3],
        };
        return string.Create(CultureInfo.InvariantCulture, $"features.{BlocksBefore[stage] + block + 1}.conv.{within}");
    }
}
