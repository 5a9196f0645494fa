using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Training.Losses;

/// <summary>A measure of how wrong a batch of outputs is: its mean over the batch, and the gradient with respect to the outputs, in one go.</summary>
/// <remarks>Numbers come as float32; every sum is taken in float64, row after row, so the same batch gives the same bits.</remarks>
public abstract record Loss
{
    /// <summary>The mean loss of the first rows of a batch, and its gradient.</summary>
    /// <param name="outputs">The network's outputs <c>[batch, outputs]</c>.</param>
    /// <param name="targets">The targets of the first <paramref name="count"/> rows.</param>
    /// <param name="count">How many rows are in use.</param>
    /// <param name="gradient">Takes the gradient in its first <paramref name="count"/> rows; the others stay as they are.</param>
    /// <param name="scale">
    /// Multiplies the gradient, not the value returned: when a step adds up several batches, the rows of this one divided by the rows of all of them.
    /// </param>
    /// <exception cref="ArgumentException">The lengths do not fit together.</exception>
    /// <exception cref="GraftException">A target is impossible, or of a kind that the loss does not take.</exception>
    public double Compute(Tensor outputs, Targets targets, int count, Tensor gradient, double scale = 1)
    {
        if (outputs.Shape.Rank == 0 || gradient.Shape != outputs.Shape)
            throw new ArgumentException($"A gradient has the shape of the outputs, {outputs.Shape}, not {gradient.Shape}.", nameof(gradient));
        if (count < 1 || count > outputs.Shape[0])
            throw new ArgumentOutOfRangeException(nameof(count), count, $"A loss is over 1 to {outputs.Shape[0]} rows, not {count}.");
        int numbers = (int)(outputs.Shape.Count / outputs.Shape[0] * count);
        return Compute(outputs.Span[..numbers], targets, count, gradient.Span[..numbers], scale);
    }

    /// <summary>The mean loss of a batch, and its gradient.</summary>
    /// <param name="outputs">The network's outputs <c>[count, outputs]</c>.</param>
    /// <param name="targets">The targets of all rows.</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="gradient">Takes the gradient <c>[count, outputs]</c>.</param>
    /// <param name="scale">Multiplies the gradient, not the value returned.</param>
    /// <exception cref="ArgumentException">The lengths do not fit together.</exception>
    /// <exception cref="GraftException">A target is impossible, or of a kind that the loss does not take.</exception>
    public double Compute(ReadOnlySpan<float> outputs, Targets targets, int count, Span<float> gradient, double scale = 1)
    {
        if (count < 1 || outputs.IsEmpty || outputs.Length % count != 0)
            throw new ArgumentException($"A loss is over whole rows and at least one; {outputs.Length} outputs are not {count} rows.", nameof(count));
        if (gradient.Length != outputs.Length)
            throw new ArgumentException($"A gradient has as many numbers as the outputs, {outputs.Length}, not {gradient.Length}.", nameof(gradient));
        if (targets.AreLabels && targets.Labels.Length != count)
            throw new ArgumentException($"Each of the {count} rows has one label; {targets.Labels.Length} were given.", nameof(targets));
        if (!targets.AreLabels && targets.Values.Length != outputs.Length)
            throw new ArgumentException($"Each of the {outputs.Length} outputs has one target; {targets.Values.Length} were given.", nameof(targets));
        return Evaluate(outputs, targets, count, gradient, scale);
    }

    /// <summary>The mean loss and its gradient, of arguments whose lengths fit together.</summary>
    /// <param name="outputs">The outputs <c>[count, outputs]</c>.</param>
    /// <param name="targets">The targets.</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="gradient">To be written whole.</param>
    /// <param name="scale">Multiplies the gradient.</param>
    protected abstract double Evaluate(ReadOnlySpan<float> outputs, Targets targets, int count, Span<float> gradient, double scale);

    private protected ReadOnlySpan<float> Numbers(Targets targets) => targets.AreLabels
        ? throw new GraftException($"A {GetType().Name} loss takes a number for each output, not a class for each row. Use a CrossEntropy loss for classes.")
        : targets.Values;

    private protected static ImmutableArray<float> Weights(ImmutableArray<float> weights, string what)
    {
        if (weights.IsDefault) return [];
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0) || !float.IsFinite(weights[i]))
                throw new GraftException($"{what} are finite numbers of at least zero; number {i} is {weights[i]}.");
        }

        return weights;
    }

    private protected static void RequireOneEach(ImmutableArray<float> weights, int outputs, string what)
    {
        if (!weights.IsEmpty && weights.Length != outputs)
            throw new GraftException($"There are {outputs} outputs but {weights.Length} {what}. Give one for each output.");
    }
}
