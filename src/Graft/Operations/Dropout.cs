using Graft.Tensors;

namespace Graft.Operations;

/// <summary>In training, sets elements to zero at random and scales the rest by 1 / (1 - rate). Inference drops it.</summary>
public sealed record Dropout : Operation
{
    /// <summary>Makes a dropout.</summary>
    /// <param name="rate">The part of the elements set to zero, in [0, 1).</param>
    public Dropout(float rate) => Rate = rate;

    /// <summary>The part of the elements set to zero, in [0, 1).</summary>
    public float Rate { get; init => field = Require.Fraction(value); }

    /// <inheritdoc/>
    public override string Label => $"dropout {Rate}";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];
}
