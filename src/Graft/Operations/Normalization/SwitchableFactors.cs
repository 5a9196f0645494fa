using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// The factors of <see cref="SwitchableNorm"/>: the mean and the variance in use are mixtures of those of the instance, the layer and the batch, which are those of the pictures' channels, taken together. Their gradients,
/// dmean = -inverse sum h and dvariance = -1/2 inverse^3 sum h (x - mean), go to each statistic by its share, and from there to all that it is taken over.
/// </summary>
internal sealed unsafe class SwitchableFactors : MomentFactors
{
    private readonly bool usesBatch;
    private readonly RunningStatistics running;
    private readonly Tensor meanWeights, varianceWeights, memory;
    private readonly Tensor? meanGradient, varianceGradient;

    // The batch's moments, and the sums over the pictures of the gradients of what they are mixed into.
    private readonly NormTable batch;
    private readonly double[] dmeans, dvariances;

    /// <summary>Makes factors.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="node">The node.</param>
    public SwitchableFactors(SwitchableNorm operation, NormNode node)
        : base(NormScope.Picture, operation.Epsilon, node.Affine(exists: true))
    {
        (usesBatch, running) = (node.UsesBatch, new RunningStatistics(node.Weight, operation.Momentum));
        (meanWeights, varianceWeights, meanGradient, varianceGradient) = (node.Weight("mean_weight"), node.Weight("var_weight"), node.Gradient("mean_weight"), node.Gradient("var_weight"));
        memory = new Tensor([NormTable.Floats(1, 1, node.Channels)]);
        batch = new NormTable(memory.Pointer, 1, 1, node.Channels);
        (dmeans, dvariances) = (new double[node.Channels], new double[node.Channels]);
    }

    /// <inheritdoc/>
    public override bool NeedsBatch => usesBatch;

    /// <inheritdoc/>
    public override void BeginForward(in NormTable table, int count) => table.JoinMoments(count, batch);

    /// <inheritdoc/>
    public override void BeginBackward(in NormTable table, int count)
    {
        Array.Clear(dmeans);
        Array.Clear(dvariances);
        for (int n = 0; n < count; n++)
        {
            Weigh(table, n, Gamma(table, n));
            for (int c = 0; c < table.Channels; c++)
            {
                (double dmean, double dvariance) = Mixed(table, n, c);
                (dmeans[c], dvariances[c]) = (dmeans[c] + dmean, dvariances[c] + dvariance);
            }
        }
    }

    /// <inheritdoc/>
    public override void Backward(in NormTable table, int first, int end)
    {
        double[] w = SwitchableKernel.Softmax(meanWeights.Span), v = SwitchableKernel.Softmax(varianceWeights.Span);
        for (int n = first; n < end; n++)
        {
            Weigh(table, n, Gamma(table, n));
            double layerMean = LayerMoments(table, n).Mean, layerDmean = 0, layerDvariance = 0, pixels = table.Count(n), values = pixels * table.Channels;
            for (int c = 0; c < table.Channels; c++)
            {
                (double dmean, double dvariance) = Mixed(table, n, c);
                (layerDmean, layerDvariance) = (layerDmean + dmean, layerDvariance + dvariance);
            }

            for (int c = 0; c < table.Channels; c++)
            {
                (double dmean, double dvariance) = Mixed(table, n, c);
                double center = table.Center(n)[c], instance = 2 * v[0] * dvariance / pixels, layer = 2 * v[1] * layerDvariance / values, all = usesBatch ? 2 * v[2] * dvariances[c] / batch.Count(0) : 0;
                double constant = (w[0] * dmean / pixels) + (w[1] * layerDmean / values) + (usesBatch ? w[2] * dmeans[c] / batch.Count(0) : 0);
                constant += (instance * (center - table.Mean(n)[c])) + (layer * (center - layerMean)) + (all * (center - OfBatch(c).Mean));
                (table.K1(n)[c], table.K2(n)[c], table.K3(n)[c]) = (table.Scale(n)[c], (float)(instance + layer + all), (float)constant);
            }
        }
    }

    /// <inheritdoc/>
    public override void AddGradients(in NormTable table, int count)
    {
        base.AddGradients(table, count);
        double[] w = SwitchableKernel.Softmax(meanWeights.Span), v = SwitchableKernel.Softmax(varianceWeights.Span), means = new double[3], variances = new double[3];
        for (int n = 0; n < count; n++)
        {
            (double layerMean, double layerVariance) = LayerMoments(table, n);
            for (int c = 0; c < table.Channels; c++)
            {
                (double dmean, double dvariance) = Mixed(table, n, c);
                (double batchMean, double batchVariance) = OfBatch(c);
                means[0] += dmean * table.Mean(n)[c];
                means[1] += dmean * layerMean;
                means[2] += dmean * batchMean;
                variances[0] += dvariance * table.Variance(n)[c];
                variances[1] += dvariance * layerVariance;
                variances[2] += dvariance * batchVariance;
            }
        }

        for (int k = 0; k < 3; k++)
        {
            if (meanGradient is not null) meanGradient.Span[k] += (float)SwitchableKernel.SoftmaxGradient(w, means, k);
            if (varianceGradient is not null) varianceGradient.Span[k] += (float)SwitchableKernel.SoftmaxGradient(v, variances, k);
        }
    }

    /// <inheritdoc/>
    public override void Track(in NormTable table, int count, float? momentum)
    {
        if (usesBatch) running.Take(batch, 1, momentum);
    }

    /// <inheritdoc/>
    protected override void SetUsed(in NormTable table, int cell)
    {
        double[] w = SwitchableKernel.Softmax(meanWeights.Span), v = SwitchableKernel.Softmax(varianceWeights.Span);
        (double layerMean, double layerVariance) = LayerMoments(table, cell);
        for (int c = 0; c < table.Channels; c++)
        {
            (double mean, double variance) = OfBatch(c);
            table.UsedMean(cell)[c] = (w[0] * table.Mean(cell)[c]) + (w[1] * layerMean) + (w[2] * mean);
            table.UsedVariance(cell)[c] = (v[0] * table.Variance(cell)[c]) + (v[1] * layerVariance) + (v[2] * variance);
        }
    }

    private static (double Mean, double Variance) LayerMoments(in NormTable table, int n)
    {
        double mean = 0, variance = 0;
        for (int c = 0; c < table.Channels; c++) mean += table.Mean(n)[c];
        mean /= table.Channels;
        for (int c = 0; c < table.Channels; c++) variance += table.Variance(n)[c] + ((table.Mean(n)[c] - mean) * (table.Mean(n)[c] - mean));
        return (mean, variance / table.Channels);
    }

    private (double Mean, double Variance) OfBatch(int c) => usesBatch ? (batch.Mean(0)[c], batch.Variance(0)[c]) : (running.Mean[c], running.Variance[c]);

    /// <summary>The gradients of the mixed mean and variance.</summary>
    private static (double Mean, double Variance) Mixed(in NormTable table, int n, int c)
    {
        double inverse = table.Inverse(n)[c];
        return (-inverse * table.NormalizedSum(n)[c], -inverse * inverse * inverse * table.NormalizedProduct(n)[c] / 2);
    }
}
