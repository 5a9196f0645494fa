using System.Collections.Immutable;

namespace Graft.Onnx;

/// <summary>How a network is written as ONNX.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>The axes of the image input and of image outputs.</summary>
    public ImageLayout Layout { get; init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Layout), value, $"There is no image layout {value}."); }

    /// <summary>
    /// The outputs to write, by name; empty for the network's main (last) one. The last one named is the main one: it comes first in the file, where
    /// programs expect the result. Nodes that none of them needs are left out.
    /// </summary>
    public ImmutableArray<string> Outputs { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Whether a further output <c>probabilities</c> is the softmax of the main output, or where labels are independent the sigmoid.</summary>
    public bool IncludeProbabilities { get; init; }

    /// <summary>
    /// Whether the graph begins with (value / 255 - mean) / standard deviation of the model's preprocessing, so that it takes raw values from 0 to 255
    /// (as float32). Otherwise the caller normalizes.
    /// </summary>
    public bool IncludeNormalization { get; init; }

    /// <summary>Whether batch normalization is folded into the convolution or dense layer before it instead of being a node of its own. Standardized weights always are.</summary>
    public bool FoldBatchNorm { get; init; }
}
