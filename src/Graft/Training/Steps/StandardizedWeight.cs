using Graft.Kernels;
using Graft.Tensors;

namespace Graft.Training.Steps;

/// <summary>The standardized weights of a convolution: what its step multiplies by, and how their gradient becomes that of the weights.</summary>
internal sealed class StandardizedWeight
{
    private readonly float epsilon;
    private readonly Tensor weight;
    private readonly TrainedWeight? trained;
    private readonly double[] inverse;

    /// <summary>Makes room.</summary>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="weight">The weights <c>[outputs, ...]</c>.</param>
    /// <param name="trained">The same where they are trained.</param>
    public StandardizedWeight(float epsilon, Tensor weight, TrainedWeight? trained)
    {
        (this.epsilon, this.weight, this.trained) = (epsilon, weight, trained);
        Value = new Tensor(weight.Shape);
        inverse = new double[weight.Shape[0]];
        if (trained is not null) Inner = new TrainedWeight(trained.Name, Value);
    }

    /// <summary>The standardized weights.</summary>
    public Tensor Value { get; }

    /// <summary>What the step adds the gradient of <see cref="Value"/> to; null where the weights are not trained.</summary>
    public TrainedWeight? Inner { get; }

    /// <summary>Takes over weights that changed.</summary>
    public void Refresh() => WeightStandardizationKernel.Run(epsilon, weight.Span, Value.Span, inverse);

    /// <summary>Hands the gradient of <see cref="Value"/> on to the weights.</summary>
    public void PassGradient()
    {
        if (Inner is null) return;
        WeightStandardizationKernel.Backward(Value.Span, inverse, Inner.Gradient.Span, trained!.Gradient.Span);
        Inner.Gradient.Span.Clear();
    }
}
