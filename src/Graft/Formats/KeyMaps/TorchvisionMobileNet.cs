using System.Collections.Immutable;
using System.Globalization;
using Graft.Models;

namespace Graft.Formats.KeyMaps;

/// <summary>
/// torchvision's MobileNets of inverted residuals: <c>features.0</c> is the stem, <c>features.1</c> and on are the blocks in order, whichever stage they are of, and what a block has is numbered within.
/// </summary>
internal abstract class TorchvisionMobileNet : KeyMap
{
    public override bool IsTimm => false;

    public override Preprocessing PreprocessingOf(Architecture architecture) => Preprocessing.Torchvision;

    /// <summary>How many blocks each stage has.</summary>
    protected abstract ImmutableArray<int> Blocks { get; }

    public sealed override string Key(string weight)
    {
        int dot = weight.LastIndexOf('.');
        return $"{Module(weight[..dot])}{weight[dot..]}";
    }

    /// <summary>The module of a layer behind the blocks; null for other names.</summary>
    /// <param name="node">Our name.</param>
    protected abstract string? Behind(string node);

    /// <summary>What a block calls a convolution, or the norm behind it.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="block">The block of the stage.</param>
    /// <param name="part">Which it is: the one that widens, the depthwise one, or the one that projects.</param>
    /// <param name="isNorm">Whether it is its norm.</param>
    protected abstract string Layer(int stage, int block, BlockPart part, bool isNorm);

    /// <summary>What a block calls what is neither convolution nor norm; null where it has none of that name.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="block">The block of the stage.</param>
    /// <param name="name">Our name within the block.</param>
    protected virtual string? Gate(int stage, int block, string name) => null;

    private string Module(string node)
    {
        if (node == "conv_stem") return "features.0.0";
        if (node == "bn1") return "features.0.1";
        if (Behind(node) is { } behind) return behind;

        // blocks.STAGE.BLOCK.layer, or blocks.STAGE.BLOCK.se.layer
        if (node.Split('.', 4) is not ["blocks", string first, string second, string name]) return node;
        if (!int.TryParse(first, NumberStyles.None, null, out int stage) || !int.TryParse(second, NumberStyles.None, null, out int block)) return node;
        if (stage >= Blocks.Length || block >= Blocks[stage] || Within(stage, block, name) is not { } within) return node;
        return string.Create(CultureInfo.InvariantCulture, $"features.{Blocks.Take(stage).Sum() + block + 1}.{within}");
    }

    private string? Within(int stage, int block, string name) => (stage, name) switch
    {
        // The first block widens nothing, and its last convolution has the name of one that does.
        (0, "conv_dw") => Layer(stage, block, BlockPart.Depthwise, isNorm: false),
        (0, "bn1") => Layer(stage, block, BlockPart.Depthwise, isNorm: true),
        (0, "conv_pw") => Layer(stage, block, BlockPart.Project, isNorm: false),
        (0, "bn2") => Layer(stage, block, BlockPart.Project, isNorm: true),
        (_, "conv_pw") => Layer(stage, block, BlockPart.Widen, isNorm: false),
        (_, "bn1") => Layer(stage, block, BlockPart.Widen, isNorm: true),
        (_, "conv_dw") => Layer(stage, block, BlockPart.Depthwise, isNorm: false),
        (_, "bn2") => Layer(stage, block, BlockPart.Depthwise, isNorm: true),
        (_, "conv_pwl") => Layer(stage, block, BlockPart.Project, isNorm: false),
        (_, "bn3") => Layer(stage, block, BlockPart.Project, isNorm: true),
        _ => Gate(stage, block, name),
    };

    /// <summary>The convolutions of an inverted residual.</summary>
    protected enum BlockPart
    {
        /// <summary>The one that widens.</summary>
        Widen,

        /// <summary>The depthwise one.</summary>
        Depthwise,

        /// <summary>The one that projects.</summary>
        Project,
    }
}
