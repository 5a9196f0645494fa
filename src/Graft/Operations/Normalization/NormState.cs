using Graft.Plans;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// A batch norm of a training plan (Ioffe and Szegedy 2015, arXiv:1502.03167). It computes nothing on activations itself: the step that makes x sums up its moments, whoever reads
/// the value applies <see cref="Scale"/> and <see cref="Shift"/>, whoever gives its gradient sums up what the backward needs, and the step that made x applies <see cref="K1"/>, <see cref="K2"/> and <see cref="K3"/>.
/// </summary>
/// <remarks>
/// Its kinds fit into the same arrays. Batch renormalization multiplies and shifts the normalized value by constants of the batch; synchronized batch norm adds its sums up over ranks; ghost batch
/// norm has all of them once for each group of pictures, where the others have one group.
/// </remarks>
internal sealed unsafe class NormState : AppliedNorm
{
    // How far the mean may lie from the pivot, squared, in variances.
    private const double MostOffset = 16;
    private const int Arrays = 7;

    private readonly BatchStatisticsNorm operation;
    private readonly RunningMoments? running;
    private readonly SumOverRanks? reduce;
    private readonly int channels, groups;
    private readonly long groupRows;
    private readonly Tensor? gamma, beta;
    private readonly Tensor? gammaGradient, betaGradient;
    private readonly Tensor arrays;
    private readonly double[] moments, gradientSums, totals;
    private readonly double[] means, variances, inverse, ratios, offsets, counts;
    private (double Scale, double Shift) limits;

    public NormState(BatchStatisticsNorm operation, ActivationBuffer buffer, TrainingNode plan)
    {
        (this.operation, channels, UsesBatch) = (operation, buffer.Channels, plan.UsesBatch);
        int size = operation is GhostBatchNorm ghost && UsesBatch ? Math.Min(ghost.Size, plan.Batch) : plan.Batch;
        (groups, groupRows) = ((plan.Batch + size - 1) / size, Math.Max(1, (long)size * buffer.Pixels));
        if (operation.IsAffine) (gamma, beta, gammaGradient, betaGradient) = (plan.Weight("weight"), plan.Weight("bias"), plan.Gradient("weight"), plan.Gradient("bias"));
        if (operation.Statistics != KeptStatistics.None) running = new RunningMoments(operation, plan.Weight);
        if (operation is SyncBatchNorm && UsesBatch) reduce = plan.SumOverRanks;
        arrays = new Tensor([groups * Arrays, SimdWidth.RoundUp(channels, 16)]);
        moments = GC.AllocateArray<double>(2 * Division.MostParts * groups * channels, pinned: true);
        gradientSums = GC.AllocateArray<double>(2 * Division.MostParts * groups * channels, pinned: true);
        totals = new double[(2 * channels) + 1];
        (means, variances) = (new double[channels], new double[channels]);
        (inverse, ratios, offsets, counts) = (new double[groups * channels], new double[groups * channels], new double[groups * channels], new double[groups]);
        Array.Fill(ratios, 1);
    }

    /// <summary>Whether the statistics are the batch's; otherwise they are the running ones, which stay.</summary>
    public override bool UsesBatch { get; }

    /// <summary>The group of pictures that a row belongs to.</summary>
    public override int GroupOf(int row) => groups == 1 ? 0 : (int)(row / groupRows);

    /// <summary>The first row behind a group.</summary>
    public override int EndOf(int group) => group == groups - 1 ? int.MaxValue : (int)((group + 1) * groupRows);

    /// <summary>gamma / sqrt(variance + epsilon).</summary>
    public override float* Scale(int group) => At(group, 0);

    /// <summary>beta - mean scale.</summary>
    public override float* Shift(int group) => At(group, 1);

    /// <summary>The mean in use.</summary>
    public override float* Mean(int group) => At(group, 2);

    /// <summary>What moments are summed up about.</summary>
    public override float* Pivot(int group) => At(group, 3);

    /// <summary>The factor of the gradient in dx.</summary>
    public override float* K1(int group) => At(group, 4);

    /// <summary>The factor of x in dx.</summary>
    public override float* K2(int group) => At(group, 5);

    /// <summary>The constant in dx.</summary>
    public override float* K3(int group) => At(group, 6);

    /// <summary>Where a part sums up x - pivot; the squares follow after the channels.</summary>
    public override double* Moments(int part, int group) => Pointer(moments, part, group);

    /// <summary>Where a part sums up g; g (x - mean) follows after the channels.</summary>
    public override double* GradientSums(int part, int group) => Pointer(gradientSums, part, group);

    /// <summary>Before a forward.</summary>
    /// <param name="step">The step of the training.</param>
    public override void Begin(ulong step)
    {
        Array.Clear(moments);
        Array.Clear(gradientSums);
        if (operation is BatchRenorm renorm) limits = renorm.LimitsAt(step);
        if (UsesBatch)
        {
            if (running is null) return;
            for (int group = 0; group < groups; group++) running.Means.CopyTo(new Span<float>(Pivot(group), channels));
        }
        else
            for (int c = 0; c < channels; c++) Set(0, c, running!.Means[c], running.Variances[c]);
    }

    /// <summary>Algorithm 1: when all parts have summed up the moments of <paramref name="rows"/> rows.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="x">The rows.</param>
    /// <param name="momentum">The weight of this batch in the running statistics; null for the operation's own.</param>
    public override void FinishForward(long rows, float* x, float? momentum)
    {
        if (!UsesBatch) return;
        running?.Begin(momentum);
        for (int group = 0; group < groups && group * groupRows < rows; group++)
        {
            long first = group * groupRows, count = groups == 1 ? rows : Math.Min(groupRows, rows - first);
            Measure(group, count, x + (first * channels));
            for (int c = 0; c < channels; c++)
            {
                if (operation is BatchRenorm) Limit(c);
                Set(group, c, means[c], variances[c]);
            }

            running?.Take(means, variances, counts[group], counts[group] / Math.Max(rows, counts[group]));
        }

        running?.End();
    }

    /// <summary>The backward of algorithm 1, when all users have given their gradients: dbeta, dgamma, and the factors of dx.</summary>
    /// <param name="rows">The number of rows.</param>
    public override void FinishBackward(long rows)
    {
        for (int group = 0; group < groups && (group == 0 || group * groupRows < rows); group++)
        {
            AddUp(gradientSums, group);
            int start = group * channels;
            for (int c = 0; c < channels; c++)
            {
                double normalized = totals[channels + c] * inverse[start + c];
                if (gammaGradient is not null) gammaGradient.Span[c] += (float)((normalized * ratios[start + c]) + (totals[c] * offsets[start + c]));
                if (betaGradient is not null) betaGradient.Span[c] += (float)totals[c];
            }

            reduce?.Invoke(totals.AsSpan(0, 2 * channels));
            float* k1 = K1(group), k2 = K2(group), k3 = K3(group), mean = Mean(group);
            for (int c = 0; c < channels; c++)
            {
                double inverse = this.inverse[start + c], scale = Gamma(c) * ratios[start + c] * inverse;
                k1[c] = (float)scale;
                if (!UsesBatch) continue;
                double factor = -scale * inverse * inverse * totals[channels + c] / counts[group];
                k2[c] = (float)factor;
                k3[c] = (float)((-scale * totals[c] / counts[group]) - (factor * mean[c]));
            }
        }
    }

    /// <summary>Whether what readers apply to pictures of the batch is finite.</summary>
    public override bool IsFinite(long rows)
    {
        for (int group = 0; group < groups && (group == 0 || group * groupRows < rows); group++)
            if (!Finite(Scale(group)) || !Finite(Shift(group))) return false;
        return true;

        bool Finite(float* values) => !new ReadOnlySpan<float>(values, channels).ContainsAnyExceptInRange(float.MinValue, float.MaxValue);
    }

    /// <summary>Mean and variance of every channel of a group, into <see cref="means"/> and <see cref="variances"/>.</summary>
    private void Measure(int group, long rows, float* x)
    {
        AddUp(moments, group);
        totals[^1] = rows;
        reduce?.Invoke(totals);
        double count = counts[group] = totals[^1];
        float* pivot = Pivot(group);
        List<int>? far = null;
        for (int c = 0; c < channels; c++)
        {
            double offset = totals[c] / count;
            (means[c], variances[c]) = (pivot[c] + offset, Math.Max(0, (totals[channels + c] / count) - (offset * offset)));

            // Far from the pivot the difference is what rounding left. That passes as the running mean follows.
            if (offset * offset > MostOffset * (variances[c] + operation.Epsilon)) (far ??= []).Add(c);
        }

        if (far is null) return;
        double[] about = new double[2 * far.Count];
        for (int i = 0; i < far.Count; i++) (about[2 * i], about[(2 * i) + 1]) = SumsAbout(means[far[i]], far[i], rows, x);
        reduce?.Invoke(about);
        for (int i = 0; i < far.Count; i++)
        {
            double offset = about[2 * i] / count;
            (means[far[i]], variances[far[i]]) = (means[far[i]] + offset, Math.Max(0, (about[(2 * i) + 1] / count) - (offset * offset)));
        }
    }

    /// <summary>Batch renormalization's r and d of a channel.</summary>
    private void Limit(int c)
    {
        double own = Math.Sqrt(variances[c] + operation.Epsilon), kept = Math.Sqrt((double)running!.Variances[c] + operation.Epsilon);
        ratios[c] = Math.Clamp(own / kept, 1 / limits.Scale, limits.Scale);
        offsets[c] = Math.Clamp((means[c] - running.Means[c]) / kept, -limits.Shift, limits.Shift);
    }

    private void Set(int group, int c, double mean, double variance)
    {
        int i = (group * channels) + c;
        inverse[i] = 1 / Math.Sqrt(variance + operation.Epsilon);
        double scale = Gamma(c) * ratios[i] * inverse[i];
        Mean(group)[c] = (float)mean;
        Scale(group)[c] = (float)scale;
        Shift(group)[c] = (float)((beta is null ? 0 : beta.Span[c]) + (Gamma(c) * offsets[i]) - (mean * scale));
    }

    private float Gamma(int c) => gamma is null ? 1 : gamma.Span[c];

    private (double First, double Second) SumsAbout(double pivot, int c, long rows, float* x)
    {
        double first = 0, second = 0;
        for (nint r = 0; r < rows; r++)
        {
            double value = x[(r * channels) + c] - pivot;
            first += value;
            second += value * value;
        }

        return (first, second);
    }

    private void AddUp(double[] sums, int group)
    {
        for (int i = 0; i < 2 * channels; i++)
        {
            double total = 0;
            for (int part = 0; part < Division.MostParts; part++) total += sums[(2 * ((part * groups) + group) * channels) + i];
            totals[i] = total;
        }
    }

    private float* At(int group, int index) => arrays.Pointer + (((group * Arrays) + index) * arrays.Shape[1]);

    private double* Pointer(double[] sums, int part, int group)
    {
        fixed (double* start = &sums[2 * ((part * groups) + group) * channels]) return start;
    }
}
