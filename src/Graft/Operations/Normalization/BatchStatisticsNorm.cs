using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// What the batch normalizations have in common: over the last axis, training normalizes by statistics of the batch, inference by the running ones:
/// y = weight (x - running_mean) / sqrt(running_var + epsilon) + bias. They differ in training alone.
/// </summary>
/// <remarks>
/// Inputs are <c>[batch, height, width, channels]</c>, with statistics over batch, height and width, or <c>[batch, features]</c>, with statistics over the batch.
/// </remarks>
public abstract record BatchStatisticsNorm : Operation
{
    private protected BatchStatisticsNorm()
    {
    }

    /// <summary>Added to the variance. It travels with the weights: PyTorch's MobileNets use 1e-5, Keras' 1e-3.</summary>
    public float Epsilon { get; init => field = value > 0 && float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(Epsilon), value, $"Epsilon must be positive and finite, not {value}."); } = 1e-5f;

    /// <summary>The weight of the new batch in running statistics: new = (1 - momentum) old + momentum batch (PyTorch's direction; Keras' is 1 minus this).</summary>
    public float Momentum { get; init => field = Require.Fraction(value); } = 0.1f;

    /// <summary>Whether it has a scale and a shift for each channel. Without, these are 1 and 0, and it has no weights.</summary>
    public bool IsAffine { get; init; } = true;

    /// <summary>What is kept of the batches.</summary>
    public KeptStatistics Statistics
    {
        get;
        init => field = value == KeptStatistics.Average || (value is KeptStatistics.Cumulative or KeptStatistics.None && !NeedsAverage)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Statistics), value, $"A {Label} keeps {(NeedsAverage ? "an average of its statistics" : "an average, a cumulative average or nothing")}, not {value}.");
    }

    /// <summary>Whether it cannot do without the exponential average.</summary>
    private protected virtual bool NeedsAverage => false;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];

    /// <summary>
    /// <c>weight</c> (scale) and <c>bias</c> (shift) where <see cref="IsAffine"/>, and the buffers <c>running_mean</c> and <c>running_var</c>, each <c>[channels]</c>, where
    /// <see cref="Statistics"/> are kept, with <c>num_batches_tracked</c> <c>[1]</c> where they are cumulative.
    /// </summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        Shape shape = [inputs[0][^1]];
        ImmutableArray<Parameter> parameters = IsAffine ? [new("weight", shape, Initializer.Ones), new("bias", shape, Initializer.Zeros)] : [];
        if (Statistics == KeptStatistics.None) return parameters;
        parameters = parameters.AddRange(new Parameter("running_mean", shape, Initializer.Zeros, IsBuffer: true), new Parameter("running_var", shape, Initializer.Ones, IsBuffer: true));
        return Statistics == KeptStatistics.Cumulative ? parameters.Add(new Parameter("num_batches_tracked", [1], Initializer.Zeros, IsBuffer: true)) : parameters;
    }
}
