using Graft.Tensors;

namespace Graft.Operations;

/// <summary>Applies a function to every element.</summary>
/// <param name="Function">The function.</param>
public sealed record Activation(ActivationFunction Function) : Operation
{
    /// <inheritdoc/>
    public override string Label => Function.ToString().ToLowerInvariant();

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];
}
