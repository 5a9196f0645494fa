using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>
/// What a node computes, as data: attributes, the rule for its output's shape, and the parameters and buffers it owns. Nothing in it computes;
/// plans are compiled from it.
/// </summary>
public abstract record Operation
{
    /// <summary>The operation's name as it is printed, for example <c>conv 3x3 /2</c>.</summary>
    public abstract string Label { get; }

    /// <summary>The number of values that it takes.</summary>
    public virtual int Arity => 1;

    /// <summary>The output's shape, <c>[batch, height, width, channels]</c> or <c>[batch, features]</c>.</summary>
    /// <param name="inputs">The shapes of the inputs, as many as <see cref="Arity"/>.</param>
    /// <exception cref="NetworkException">The inputs do not fit the operation.</exception>
    public abstract Shape OutputShape(ReadOnlySpan<Shape> inputs);

    /// <summary>The parameters and buffers that the operation owns, in the order of the reference frameworks.</summary>
    /// <param name="inputs">The shapes of the inputs.</param>
    public virtual ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs) => [];

    /// <summary>The number of multiply-adds of convolutions and dense layers, as papers count them: the other operations count as 0.</summary>
    /// <param name="inputs">The shapes of the inputs, the batch included.</param>
    public virtual long MultiplyAdds(ReadOnlySpan<Shape> inputs) => 0;

    private protected static Shape Image(Shape input, string operation) => input.Rank == 4
        ? input
        : throw new NetworkException($"{("aeiou".Contains(operation[0]) ? "An" : "A")} {operation} takes [batch, height, width, channels], not {input}.");
}
