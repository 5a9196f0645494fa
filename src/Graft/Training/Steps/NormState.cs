using Graft.Kernels;
using Graft.Networks.Layers.Normalization;
using Graft.Tensors;

namespace Graft.Training.Steps;

/// <summary>
/// A batch norm of a training plan (Ioffe and Szegedy 2015, arXiv:1502.03167). It computes nothing on activations itself: the step that makes x sums up its moments, whoever reads
/// the value applies <see cref="Scale"/> and <see cref="Shift"/>, whoever gives its gradient sums up what the backward needs, and the step that made x applies <see cref="K1"/>, <see cref="K2"/> and <see cref="K3"/>.
/// </summary>
internal sealed unsafe class NormState
{
    // How far the mean may lie from the pivot, squared, in variances.
    private const double MostOffset = 16;

    private readonly BatchNorm operation;
    private readonly int channels;
    private readonly Tensor gamma, beta, runningMean, runningVariance;
    private readonly TrainedWeight? gammaWeight, betaWeight;
    private readonly Tensor arrays;
    private readonly double[] moments, gradientSums;
    private readonly double[] inverse;

    public NormState(BatchNorm operation, int channels, bool usesBatch, Func<string, Tensor> weight, Func<string, TrainedWeight?> trained)
    {
        (this.operation, this.channels, UsesBatch) = (operation, channels, usesBatch);
        (gamma, beta, runningMean, runningVariance) = (weight("weight"), weight("bias"), weight("running_mean"), weight("running_var"));
        (gammaWeight, betaWeight) = (trained("weight"), trained("bias"));
        arrays = new Tensor([7, SimdWidth.RoundUp(channels, 16)]);
        moments = GC.AllocateArray<double>(2 * TrainingStep.MostParts * channels, pinned: true);
        gradientSums = GC.AllocateArray<double>(2 * TrainingStep.MostParts * channels, pinned: true);
        inverse = new double[channels];
    }

    /// <summary>The node's name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether the statistics are the batch's; otherwise they are the running ones, which stay.</summary>
    public bool UsesBatch { get; }

    /// <summary>gamma / sqrt(variance + epsilon).</summary>
    public float* Scale => Array(0);

    /// <summary>beta - mean scale.</summary>
    public float* Shift => Array(1);

    /// <summary>The mean in use.</summary>
    public float* Mean => Array(2);

    /// <summary>What moments are summed up about.</summary>
    public float* Pivot => Array(3);

    /// <summary>The factor of the gradient in dx.</summary>
    public float* K1 => Array(4);

    /// <summary>The factor of x in dx.</summary>
    public float* K2 => Array(5);

    /// <summary>The constant in dx.</summary>
    public float* K3 => Array(6);

    /// <summary>Where a part sums up x - pivot; the squares follow after the channels.</summary>
    public double* Moments(int part) => Pointer(moments, part);

    /// <summary>Where a part sums up g; g (x - mean) follows after the channels.</summary>
    public double* GradientSums(int part) => Pointer(gradientSums, part);

    /// <summary>Before a forward.</summary>
    public void Begin()
    {
        System.Array.Clear(moments);
        System.Array.Clear(gradientSums);
        if (UsesBatch) runningMean.Span.CopyTo(new Span<float>(Pivot, channels));
        else Apply(runningMean.Span, runningVariance.Span);
    }

    /// <summary>Algorithm 1: when all parts have summed up the moments of <paramref name="rows"/> rows.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="x">The rows.</param>
    /// <param name="momentum">The weight of this batch in the running statistics; null for the operation's own.</param>
    public void FinishForward(long rows, float* x, float? momentum)
    {
        if (!UsesBatch) return;
        double m = momentum ?? operation.Momentum;
        Span<float> runningMeans = runningMean.Span, runningVariances = runningVariance.Span;
        for (int c = 0; c < channels; c++)
        {
            (double first, double second) = Total(moments, c);
            double offset = first / rows, mean = Pivot[c] + offset, variance = Math.Max(0, (second / rows) - (offset * offset));

            // Far from the pivot the difference is what rounding left. That passes as the running mean follows.
            if (offset * offset > MostOffset * (variance + operation.Epsilon)) (mean, variance) = MomentsAbout(mean, c, rows, x);
            Set(c, mean, variance);
            if (m == 0) continue;

            // The variance kept is the unbiased one, as in the paper and in PyTorch.
            runningMeans[c] = (float)(((1 - m) * runningMeans[c]) + (m * mean));
            runningVariances[c] = (float)(((1 - m) * runningVariances[c]) + (m * variance * (rows / Math.Max(1.0, rows - 1))));
        }
    }

    /// <summary>The backward of algorithm 1, when all users have given their gradients: dbeta, dgamma, and the factors of dx.</summary>
    /// <param name="rows">The number of rows.</param>
    public void FinishBackward(long rows)
    {
        for (int c = 0; c < channels; c++)
        {
            (double first, double second) = Total(gradientSums, c);
            double inverse = this.inverse[c], scale = gamma.Span[c] * inverse;
            K1[c] = (float)scale;
            if (UsesBatch)
            {
                double k2 = -scale * inverse * inverse * second / rows;
                K2[c] = (float)k2;
                K3[c] = (float)((-scale * first / rows) - (k2 * Mean[c]));
            }

            if (gammaWeight is not null) gammaWeight.Gradient.Span[c] += (float)(second * inverse);
            if (betaWeight is not null) betaWeight.Gradient.Span[c] += (float)first;
        }
    }

    private void Apply(ReadOnlySpan<float> means, ReadOnlySpan<float> variances)
    {
        for (int c = 0; c < channels; c++) Set(c, means[c], variances[c]);
    }

    private void Set(int c, double mean, double variance)
    {
        inverse[c] = 1 / Math.Sqrt(variance + operation.Epsilon);
        double scale = gamma.Span[c] * inverse[c];
        Mean[c] = (float)mean;
        Scale[c] = (float)scale;
        Shift[c] = (float)(beta.Span[c] - (mean * scale));
    }

    private (double Mean, double Variance) MomentsAbout(double pivot, int c, long rows, float* x)
    {
        double first = 0, second = 0;
        for (nint r = 0; r < rows; r++)
        {
            double value = x[(r * channels) + c] - pivot;
            first += value;
            second += value * value;
        }

        return (pivot + (first / rows), Math.Max(0, (second / rows) - (first / rows * (first / rows))));
    }

    private (double First, double Second) Total(double[] sums, int c)
    {
        double first = 0, second = 0;
        for (int part = 0; part < TrainingStep.MostParts; part++)
        {
            first += sums[(2 * part * channels) + c];
            second += sums[(((2 * part) + 1) * channels) + c];
        }

        return (first, second);
    }

    private float* Array(int index) => arrays.Pointer + (index * (arrays.Shape[1]));

    private double* Pointer(double[] sums, int part)
    {
        fixed (double* start = &sums[2 * part * channels]) return start;
    }
}
