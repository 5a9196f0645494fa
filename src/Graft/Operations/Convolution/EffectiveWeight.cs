using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>Weights that a training step multiplies by where they are made of those that are trained, and how their gradient becomes that of these.</summary>
internal abstract class EffectiveWeight
{
    // Outputs are independent of each other: so many pieces of them for threads to share.
    private const int MostChunks = 16;

    private readonly Tensor? trained;

    /// <summary>Makes room.</summary>
    /// <param name="weight">The weights that are trained, <c>[outputs, ...]</c>.</param>
    /// <param name="trained">Their gradient; null where they are not.</param>
    protected EffectiveWeight(Tensor weight, Tensor? trained)
    {
        (Trained, this.trained) = (weight, trained);
        Value = new Tensor(weight.Shape);
        if (trained is not null) Gradient = new Tensor(weight.Shape);
    }

    /// <summary>The weights that are multiplied by.</summary>
    public Tensor Value { get; }

    /// <summary>What the step adds the gradient of <see cref="Value"/> to; null where the weights are not trained.</summary>
    public Tensor? Gradient { get; }

    /// <summary>Into how many pieces <see cref="PassGradient(int)"/> is cut; 0 where there is nothing to pass.</summary>
    public int Chunks => Gradient is null ? 0 : Math.Min(MostChunks, Trained.Shape[0]);

    /// <summary>The weights that are trained.</summary>
    protected Tensor Trained { get; }

    /// <summary>Takes over weights that changed.</summary>
    public abstract void Refresh();

    /// <summary>Hands a piece of the gradient of <see cref="Value"/> on to the weights.</summary>
    public void PassGradient(int chunk)
    {
        int outputs = Trained.Shape[0], first = (int)((long)outputs * chunk / Chunks), end = (int)((long)outputs * (chunk + 1) / Chunks), depth = Value.Span.Length / outputs;
        Range range = (first * depth)..(end * depth);
        Span<float> gradient = Gradient!.Span[range];
        PassGradient(first, end - first, range, gradient, trained!.Span[range]);
        gradient.Clear();
    }

    /// <summary>Adds the gradient of the weights of some outputs.</summary>
    /// <param name="firstOutput">The first of them.</param>
    /// <param name="outputs">Their number.</param>
    /// <param name="range">Where their weights lie.</param>
    /// <param name="gradient">The gradient of the weights that were multiplied by.</param>
    /// <param name="target">What is added to.</param>
    protected abstract void PassGradient(int firstOutput, int outputs, Range range, Span<float> gradient, Span<float> target);
}
