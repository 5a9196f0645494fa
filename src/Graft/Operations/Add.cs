using Graft.Tensors;

namespace Graft.Operations;

/// <summary>The sum of two values of the same shape: the shortcut of a residual block.</summary>
public sealed record Add : Operation
{
    /// <inheritdoc/>
    public override string Label => "add";

    /// <inheritdoc/>
    public override int Arity => 2;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0] == inputs[1]
        ? inputs[0]
        : throw new NetworkException($"An addition takes two values of one shape, not {inputs[0]} and {inputs[1]}.");
}
