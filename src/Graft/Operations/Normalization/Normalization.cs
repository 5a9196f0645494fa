using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// What normalizations have in common: y = scale (x - center) + shift, and backward dx = k1 dy + k2 (x - center) + k3, the factors taken from statistics of
/// some of the values of x. A norm says how the factors come from the statistics of images, or, where each pixel has its own, what is computed of a pixel.
/// </summary>
public abstract record Normalization : Operation
{
    private protected Normalization()
    {
    }

    /// <summary>Whether another normalization can stand for it.</summary>
    internal virtual bool IsReplaceable => true;

    /// <summary>Whether its statistics are of a channel's pixels, so that features, which have none, cannot be normalized by it.</summary>
    internal virtual bool NeedsImage => false;

    /// <summary>Whether it stands for the activation that follows it, too.</summary>
    internal virtual bool HasActivation => false;

    /// <summary>The same with or without the activation, if it has one to offer.</summary>
    internal virtual Normalization WithActivation(bool hasActivation) => this;

    internal override EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) => HasActivation ? EpilogueParts.None : EpilogueParts.Activation;

    internal override InferenceKernel Infer(InferenceNode node)
    {
        NormNode norm = new(node);
        return OfPixels(norm) is { } pixels ? new PixelNormInference(pixels, node) : new NormInference(Factors(norm), node);
    }

    internal override TrainingKernel Train(TrainingNode node)
    {
        NormNode norm = new(node);
        return OfPixels(norm) is { } pixels ? new PixelNormTraining(pixels, node) : new NormTraining(Factors(norm), node);
    }

    /// <summary>How the factors come from the moments of images.</summary>
    private protected virtual NormFactors Factors(NormNode node) => throw new InvalidOperationException($"A {Label} has no statistics of images.");

    /// <summary>What is computed of each pixel, where it has statistics of its own; null otherwise.</summary>
    private protected virtual PixelRule? OfPixels(NormNode node) => null;
}

/// <summary>What a normalization's factors are made with.</summary>
/// <param name="Channels">The number of channels.</param>
/// <param name="UsesBatch">Whether statistics that are kept for inference are those of the batch.</param>
/// <param name="Weight">Its parameters and buffers by name.</param>
/// <param name="Gradient">The gradients of those parameters that are trained; null for the others.</param>
internal sealed record NormNode(int Channels, bool UsesBatch, Func<string, Tensor> Weight, Func<string, Tensor?> Gradient)
{
    /// <summary>In an inference plan, which keeps copies of the weights.</summary>
    public NormNode(InferenceNode node)
        : this(node.Output[^1], UsesBatch: false, node.Copy, _ => null)
    {
    }

    /// <summary>In a training plan.</summary>
    public NormNode(TrainingNode node)
        : this(node.OutputShape[^1], node.UsesBatch, node.Weight, node.Gradient)
    {
    }

    /// <summary>The scales and shifts, where there are any.</summary>
    public Affine? Affine(bool exists) => exists ? new Affine(Weight, Gradient) : null;
}
