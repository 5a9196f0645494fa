using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>A layer whose outputs are sums of products with its <c>weight [outputs, ...]</c>, plus a <c>bias [outputs]</c> if it has one: a scale and shift of its outputs may go into these.</summary>
internal interface ILinearLayer
{
    /// <summary>Whether a bias is added.</summary>
    bool HasBias { get; }

    /// <summary>Whether it multiplies by its weights as they are.</summary>
    bool IsPlain { get; }

    /// <summary>Whether its weights are whole numbers times a scale for each output.</summary>
    bool IsQuantized { get; }

    /// <summary>The same layer with weights that are whole numbers times a scale for each output.</summary>
    Operation Quantized();

    /// <summary>The same layer that multiplies by its weights as they are.</summary>
    /// <param name="hasBias">Whether it adds a bias.</param>
    Operation Plain(bool hasBias);

    /// <summary>The same layer with a bias.</summary>
    Operation WithBias();

    /// <summary>A copy of the weights that it multiplies by.</summary>
    /// <param name="weight">Its weights and buffers, by name.</param>
    float[] EffectiveWeights(Func<string, Tensor> weight);
}
