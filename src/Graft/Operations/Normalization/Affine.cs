using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>A scale gamma and a shift beta for each channel, with their gradients where they are trained.</summary>
internal sealed unsafe class Affine(Func<string, Tensor> weight, Func<string, Tensor?> gradient, string prefix = "")
{
    private readonly Tensor gamma = weight($"{prefix}weight"), beta = weight($"{prefix}bias");
    private readonly Tensor? gammaGradient = gradient($"{prefix}weight"), betaGradient = gradient($"{prefix}bias");

    /// <summary>The scales.</summary>
    public float* Gamma => gamma.Pointer;

    /// <summary>The shifts.</summary>
    public float* Beta => beta.Pointer;

    /// <summary>Adds to the gradients of a channel.</summary>
    public void Add(int channel, double dgamma, double dbeta)
    {
        if (gammaGradient is not null) gammaGradient.Span[channel] += (float)dgamma;
        if (betaGradient is not null) betaGradient.Span[channel] += (float)dbeta;
    }
}
