using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>The means and variances that a training moves and inference uses: running = (1 - momentum) running + momentum batch.</summary>
/// <param name="buffer">The operation's buffers by name.</param>
/// <param name="momentum">The weight of a batch.</param>
/// <param name="prefix">What their names begin with.</param>
internal sealed unsafe class RunningMoments(Func<string, Tensor> buffer, float momentum, string prefix = "")
{
    private readonly Tensor mean = buffer($"{prefix}running_mean"), variance = buffer($"{prefix}running_var");

    /// <summary>The number of batches so far, of which the statistics are then the plain means: momentum = 1 / number. Null for a constant momentum.</summary>
    public Tensor? Batches { get; init; }

    /// <summary>Whether the cells of a batch are taken up one after the other, as batches of their own; otherwise it is their mean that is.</summary>
    public bool IsSequential { get; init; }

    /// <summary>
    /// Where it is the biased deviation, sqrt(variance + epsilon), that moves: epsilon. Null for the unbiased variance, as in batch norm's paper and in
    /// PyTorch.
    /// </summary>
    public double? DeviationEpsilon { get; init; }

    /// <summary>The means.</summary>
    public ReadOnlySpan<float> Mean => mean.Span;

    /// <summary>The variances.</summary>
    public ReadOnlySpan<float> Variance => variance.Span;

    /// <summary>Takes up a batch.</summary>
    /// <param name="table">Where its moments are.</param>
    /// <param name="cells">The number of cells.</param>
    /// <param name="given">The weight of the whole batch; null for the own rule.</param>
    public void Take(in NormTable table, int cells, float? given)
    {
        double weight = given ?? momentum, total = 0;
        if (weight == 0) return;
        if (Batches is not null)
        {
            Batches.Span[0]++;
            if (given is null) weight = 1.0 / Batches.Span[0];
        }

        for (int cell = 0; cell < cells; cell++) total += table.Count(cell);
        for (int c = 0; c < table.Channels; c++)
        {
            double means = 0, spreads = 0;
            for (int cell = 0; cell < cells; cell++)
            {
                double own = table.Mean(cell)[c], spread = Spread(table.Variance(cell)[c], table.Count(cell)), share = table.Count(cell) / total;
                if (IsSequential && given is null) Move(c, own, spread, weight);
                else (means, spreads) = (means + (share * own), spreads + (share * spread));
            }

            if (!IsSequential || given is not null) Move(c, means, spreads, weight);
        }
    }

    private double Spread(double variance, double count) =>
        DeviationEpsilon is { } epsilon ? Math.Sqrt(variance + epsilon) : variance * (count / Math.Max(1, count - 1));

    private void Move(int c, double newMean, double spread, double weight)
    {
        mean.Span[c] = (float)(((1 - weight) * mean.Span[c]) + (weight * newMean));
        if (DeviationEpsilon is { } epsilon)
        {
            double deviation = ((1 - weight) * Math.Sqrt(variance.Span[c] + epsilon)) + (weight * spread);
            variance.Span[c] = (float)Math.Max(0, (deviation * deviation) - epsilon);
        }
        else
        {
            variance.Span[c] = (float)(((1 - weight) * variance.Span[c]) + (weight * spread));
        }
    }
}
