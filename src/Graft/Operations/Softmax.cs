using Graft.Tensors;

namespace Graft.Operations;

/// <summary>exp(x) / sum of exp(x) over the last axis.</summary>
public sealed record Softmax : Operation
{
    /// <inheritdoc/>
    public override string Label => "softmax";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];
}
