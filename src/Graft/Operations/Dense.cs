using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>A fully connected layer: y = W x + b, from <c>[batch, in]</c> to <c>[batch, out]</c>.</summary>
public sealed record Dense : Operation
{
    /// <summary>Makes a dense layer.</summary>
    /// <param name="outputs">The number of outputs.</param>
    public Dense(int outputs) => Outputs = outputs;

    /// <summary>The number of outputs.</summary>
    public int Outputs { get; init => field = Require.Positive(value, nameof(Outputs)); }

    /// <summary>Whether a bias is added.</summary>
    public bool HasBias { get; init; } = true;

    /// <inheritdoc/>
    public override string Label => "dense";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0].Rank == 2
        ? [inputs[0][0], Outputs]
        : throw new NetworkException($"A dense layer takes [batch, features], not {inputs[0]}. Put a global average pooling before it.");

    /// <summary><c>weight [out, in]</c>, uniform within 1 / sqrt(out), and <c>bias [out]</c>.</summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        Parameter weight = new("weight", [Outputs, inputs[0][1]], new Initializer(0, UniformRange: 1 / MathF.Sqrt(Outputs)));
        return HasBias ? [weight, new Parameter("bias", [Outputs], Initializer.Zeros)] : [weight];
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(ReadOnlySpan<Shape> inputs) => inputs[0].Count * Outputs;
}
