using Graft.Tensors;

namespace Graft.Operations;

/// <summary>The mean over height and width: <c>[batch, height, width, channels]</c> to <c>[batch, channels]</c>.</summary>
public sealed record GlobalAveragePool : Operation
{
    /// <inheritdoc/>
    public override string Label => "global average pool";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => [Image(inputs[0], Label)[0], inputs[0][3]];
}
