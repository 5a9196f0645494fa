using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>The standardized weights of a convolution, in training.</summary>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="weight">The weights <c>[outputs, ...]</c>.</param>
/// <param name="trained">Their gradient where they are trained.</param>
internal sealed class StandardizedWeight(float epsilon, Tensor weight, Tensor? trained) : EffectiveWeight(weight, trained)
{
    private readonly double[] inverse = new double[weight.Shape[0]];

    /// <inheritdoc/>
    public override void Refresh() => WeightStandardizationKernel.Run(epsilon, Trained.Span, Value.Span, inverse);

    /// <inheritdoc/>
    protected override void PassGradient(int firstOutput, int outputs, Range range, Span<float> gradient, Span<float> target) =>
        WeightStandardizationKernel.Backward(Value.Span[range], inverse.AsSpan(firstOutput, outputs), gradient, target);
}
