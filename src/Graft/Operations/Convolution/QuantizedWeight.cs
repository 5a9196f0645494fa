using Graft.Kernels.Quantization;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>Weights rounded to whole numbers times a scale for each output, in training: <see cref="RowGridKernel"/>. The scales stay, and gradients pass straight through.</summary>
/// <param name="weight">The weights <c>[outputs, ...]</c>.</param>
/// <param name="scales">The scales <c>[outputs]</c>.</param>
/// <param name="trained">The gradient of the weights where they are trained.</param>
internal sealed class QuantizedWeight(Tensor weight, Tensor scales, Tensor? trained) : EffectiveWeight(weight, trained)
{
    /// <summary>The name of the scales within the node.</summary>
    public const string Scale = "weight.scale";

    /// <summary>The scales as a parameter.</summary>
    /// <param name="outputs">How many there are.</param>
    /// <param name="range">What the largest weight begins as.</param>
    public static Parameter ScaleOf(int outputs, float range) => new(Scale, [outputs], new Initializer(range / RowGridKernel.Most), IsBuffer: true);

    /// <summary>What is wrong with scales, as the rest of a sentence that begins with the layer; null where nothing is.</summary>
    public static string? Problem(Tensor scales)
    {
        foreach (float scale in scales.Span)
            if (scale is not (>= ByteGrid.LeastScale and <= ByteGrid.MostScale)) return $"has a weight scale of {scale}: scales must be from 1e-30 to 1e30.";
        return null;
    }

    /// <inheritdoc/>
    public override void Refresh() => RowGridKernel.Run(Trained.Span, scales.Span, Value.Span);

    /// <inheritdoc/>
    protected override void PassGradient(int firstOutput, int outputs, Range range, Span<float> gradient, Span<float> target) =>
        RowGridKernel.AddGradient(Trained.Span[range], scales.Span.Slice(firstOutput, outputs), gradient, target);
}
