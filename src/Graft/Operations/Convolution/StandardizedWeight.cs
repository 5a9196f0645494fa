using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>The standardized weights of a convolution: what its step multiplies by, and how their gradient becomes that of the weights.</summary>
internal sealed class StandardizedWeight
{
    // Outputs are independent of each other: so many pieces of them for threads to share.
    private const int MostChunks = 16;

    private readonly float epsilon;
    private readonly Tensor weight;
    private readonly Tensor? trained;
    private readonly double[] inverse;

    /// <summary>Makes room.</summary>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="weight">The weights <c>[outputs, ...]</c>.</param>
    /// <param name="trained">Their gradient where they are trained.</param>
    public StandardizedWeight(float epsilon, Tensor weight, Tensor? trained)
    {
        (this.epsilon, this.weight, this.trained) = (epsilon, weight, trained);
        Value = new Tensor(weight.Shape);
        inverse = new double[weight.Shape[0]];
        if (trained is not null) Gradient = new Tensor(weight.Shape);
    }

    /// <summary>The standardized weights.</summary>
    public Tensor Value { get; }

    /// <summary>What the step adds the gradient of <see cref="Value"/> to; null where the weights are not trained.</summary>
    public Tensor? Gradient { get; }

    /// <summary>Into how many pieces <see cref="PassGradient"/> is cut; 0 where there is nothing to pass.</summary>
    public int Chunks => Gradient is null ? 0 : Math.Min(MostChunks, inverse.Length);

    /// <summary>Takes over weights that changed.</summary>
    public void Refresh() => WeightStandardizationKernel.Run(epsilon, weight.Span, Value.Span, inverse);

    /// <summary>Hands a piece of the gradient of <see cref="Value"/> on to the weights.</summary>
    public void PassGradient(int chunk)
    {
        int outputs = inverse.Length, first = (int)((long)outputs * chunk / Chunks), end = (int)((long)outputs * (chunk + 1) / Chunks), depth = Value.Span.Length / outputs;
        Range range = (first * depth)..(end * depth);
        Span<float> gradient = Gradient!.Span[range];
        WeightStandardizationKernel.Backward(Value.Span[range], inverse.AsSpan(first, end - first), gradient, trained!.Span[range]);
        gradient.Clear();
    }
}
