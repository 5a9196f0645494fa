using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>The running statistics of a batch norm, and how they take up those of a batch.</summary>
internal sealed class RunningMoments
{
    private readonly BatchStatisticsNorm operation;
    private readonly Tensor mean, variance;
    private readonly Tensor? counter;
    private readonly double[] meanSums, varianceSums;
    private bool isGiven;
    private double momentum;

    public RunningMoments(BatchStatisticsNorm operation, Func<string, Tensor> buffer)
    {
        (this.operation, mean, variance) = (operation, buffer("running_mean"), buffer("running_var"));
        if (operation.Statistics == KeptStatistics.Cumulative) counter = buffer("num_batches_tracked");
        (meanSums, varianceSums) = (new double[mean.Span.Length], new double[mean.Span.Length]);
    }

    /// <summary>The running means.</summary>
    public ReadOnlySpan<float> Means => mean.Span;

    /// <summary>The running variances.</summary>
    public ReadOnlySpan<float> Variances => variance.Span;

    /// <summary>Begins a batch.</summary>
    /// <param name="given">The weight of the whole batch; null for the operation's own rule.</param>
    public void Begin(float? given)
    {
        (isGiven, momentum) = (given is not null, given ?? operation.Momentum);
        if (counter is not null && momentum != 0)
        {
            counter.Span[0]++;
            if (!isGiven) momentum = 1.0 / counter.Span[0];
        }

        if (!isGiven) return;
        Array.Clear(meanSums);
        Array.Clear(varianceSums);
    }

    /// <summary>Takes up a group of pictures.</summary>
    /// <param name="means">Its means.</param>
    /// <param name="variances">Its biased variances.</param>
    /// <param name="count">The values in it for each channel.</param>
    /// <param name="share">Its part of the batch.</param>
    public void Take(double[] means, double[] variances, double count, double share)
    {
        for (int c = 0; c < meanSums.Length; c++)
        {
            double spread = Spread(variances[c], count);
            if (isGiven)
            {
                meanSums[c] += share * means[c];
                varianceSums[c] += share * spread;
            }
            else if (momentum != 0) Move(c, means[c], spread);
        }
    }

    /// <summary>Ends a batch.</summary>
    public void End()
    {
        if (!isGiven || momentum == 0) return;
        for (int c = 0; c < meanSums.Length; c++) Move(c, meanSums[c], varianceSums[c]);
    }

    // What moves: the unbiased variance, as in the paper and in PyTorch; of batch renormalization the biased deviation.
    private double Spread(double variance, double count) => operation is BatchRenorm ? Math.Sqrt(variance + operation.Epsilon) : variance * (count / Math.Max(1, count - 1));

    private void Move(int c, double newMean, double spread)
    {
        mean.Span[c] = (float)(((1 - momentum) * mean.Span[c]) + (momentum * newMean));
        if (operation is BatchRenorm)
        {
            double deviation = ((1 - momentum) * Math.Sqrt((double)variance.Span[c] + operation.Epsilon)) + (momentum * spread);
            variance.Span[c] = (float)Math.Max(0, (deviation * deviation) - operation.Epsilon);
        }
        else variance.Span[c] = (float)(((1 - momentum) * variance.Span[c]) + (momentum * spread));
    }
}
