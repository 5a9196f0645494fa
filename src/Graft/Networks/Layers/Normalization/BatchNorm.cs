using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Networks.Layers.Normalization;

/// <summary>
/// Batch normalization over the last axis (Ioffe and Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2). In inference, with running statistics:
/// y = weight (x - running_mean) / sqrt(running_var + epsilon) + bias.
/// </summary>
public sealed record BatchNorm : Operation
{
    /// <summary>Added to the variance. It travels with the weights: PyTorch's MobileNets use 1e-5, Keras' 1e-3.</summary>
    public float Epsilon { get; init => field = value > 0 && float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(Epsilon), value, $"Epsilon must be positive and finite, not {value}."); } = 1e-5f;

    /// <summary>The weight of the new batch in running statistics: new = (1 - momentum) old + momentum batch (PyTorch's direction; Keras' is 1 minus this).</summary>
    public float Momentum { get; init => field = Require.Fraction(value); } = 0.1f;

    /// <inheritdoc/>
    public override string Label => "batch norm";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];

    /// <summary><c>weight</c> (scale), <c>bias</c> (shift), and the buffers <c>running_mean</c> and <c>running_var</c>, each <c>[channels]</c>.</summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        Shape shape = [inputs[0][^1]];
        return
        [
            new("weight", shape, Initializer.Ones),
            new("bias", shape, Initializer.Zeros),
            new("running_mean", shape, Initializer.Zeros, IsBuffer: true),
            new("running_var", shape, Initializer.Ones, IsBuffer: true),
        ];
    }
}
