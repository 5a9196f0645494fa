using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>The factors of <see cref="SwitchableNorm"/>, <see cref="SwitchableKernel"/>. The moments of the layer and of the batch are those of the pictures' channels, taken together.</summary>
/// <param name="operation">The operation.</param>
/// <param name="usesBatch">Whether the third statistics are the batch's; otherwise they are running ones.</param>
/// <param name="weight">Its parameters and buffers by name.</param>
/// <param name="gradient">The gradients of those parameters that are trained.</param>
internal sealed unsafe class SwitchableRule(SwitchableNorm operation, bool usesBatch, Func<string, Tensor> weight, Func<string, Tensor?> gradient) : PictureRule
{
    private readonly Affine affine = new(weight, gradient);
    private readonly RunningStatistics running = new(weight, operation.Momentum);
    private readonly Tensor meanWeights = weight("mean_weight"), varianceWeights = weight("var_weight");
    private readonly Tensor? meanGradient = gradient("mean_weight"), varianceGradient = gradient("var_weight");

    // Of the batch, from the forward to the end of the backward; only a training has them, and it has a rule of its own.
    private double[] batchMeans = [], batchVariances = [], batchDmeans = [], batchDvariances = [];
    private double ofBatch;

    /// <inheritdoc/>
    public override bool NeedsBatch => usesBatch;

    /// <inheritdoc/>
    public override void BeginForward(in PictureTable table, int count)
    {
        if (batchMeans.Length != table.Channels) (batchMeans, batchVariances) = (new double[table.Channels], new double[table.Channels]);
        BatchMoments(table, count, 0, batchMeans, batchVariances);
    }

    /// <inheritdoc/>
    public override void Forward(in PictureTable table, int first, int end)
    {
        double[] w = SwitchableKernel.Softmax(meanWeights.Span), v = SwitchableKernel.Softmax(varianceWeights.Span);
        for (int n = first; n < end; n++)
        {
            (double layerMean, double layerVariance) = LayerMoments(table, n);
            for (int c = 0; c < table.Channels; c++)
            {
                (double batchMean, double batchVariance) = OfBatch(c);
                double mean = (w[0] * table.Mean(n)[c]) + (w[1] * layerMean) + (w[2] * batchMean);
                double variance = (v[0] * table.Variance(n)[c]) + (v[1] * layerVariance) + (v[2] * batchVariance);
                double inverse = 1 / Math.Sqrt(variance + operation.Epsilon), scale = inverse * affine.Scale[c];
                table.Kept(n)[c] = inverse;
                (table.Scale(n)[c], table.Shift(n)[c]) = ((float)scale, (float)(affine.Shift[c] + ((table.Center(n)[c] - mean) * scale)));
            }
        }
    }

    /// <inheritdoc/>
    public override void BeginBackward(in PictureTable table, int count)
    {
        if (batchDmeans.Length != table.Channels) (batchDmeans, batchDvariances) = (new double[table.Channels], new double[table.Channels]);
        Array.Clear(batchDmeans);
        Array.Clear(batchDvariances);
        ofBatch = 1.0 / table.Pixels / count;
        double[] w = SwitchableKernel.Softmax(meanWeights.Span);
        for (int n = 0; n < count; n++)
        {
            double layerMean = LayerMoments(table, n).Mean;
            for (int c = 0; c < table.Channels; c++)
            {
                (double dmean, double dvariance) = Mixed(table, n, c, Mean(table, w, n, c, layerMean));
                (batchDmeans[c], batchDvariances[c]) = (batchDmeans[c] + dmean, batchDvariances[c] + dvariance);
            }
        }
    }

    /// <inheritdoc/>
    public override void Backward(in PictureTable table, int first, int end)
    {
        double[] w = SwitchableKernel.Softmax(meanWeights.Span), v = SwitchableKernel.Softmax(varianceWeights.Span);
        double ofPicture = 1.0 / table.Pixels, ofLayer = ofPicture / table.Channels;
        for (int n = first; n < end; n++)
        {
            double layerMean = LayerMoments(table, n).Mean, layerDmean = 0, layerDvariance = 0;
            for (int c = 0; c < table.Channels; c++)
            {
                (double dmean, double dvariance) = Mixed(table, n, c, Mean(table, w, n, c, layerMean));
                (layerDmean, layerDvariance) = (layerDmean + dmean, layerDvariance + dvariance);
            }

            for (int c = 0; c < table.Channels; c++)
            {
                (double dmean, double dvariance) = Mixed(table, n, c, Mean(table, w, n, c, layerMean));
                double center = table.Center(n)[c];
                double instance = 2 * v[0] * dvariance * ofPicture, layer = 2 * v[1] * layerDvariance * ofLayer, batch = usesBatch ? 2 * v[2] * batchDvariances[c] * ofBatch : 0;
                double constant = (w[0] * dmean * ofPicture) + (w[1] * layerDmean * ofLayer) + (usesBatch ? w[2] * batchDmeans[c] * ofBatch : 0);
                constant += (instance * (center - table.Mean(n)[c])) + (layer * (center - layerMean)) + (batch * (center - OfBatch(c).Mean));
                (table.K1(n)[c], table.K2(n)[c], table.K3(n)[c]) = (table.Scale(n)[c], (float)(instance + layer + batch), (float)constant);
            }
        }
    }

    /// <inheritdoc/>
    public override void AddGradients(in PictureTable table, int count)
    {
        double[] w = SwitchableKernel.Softmax(meanWeights.Span), v = SwitchableKernel.Softmax(varianceWeights.Span), means = new double[3], variances = new double[3];
        double[] scales = new double[table.Channels], shifts = new double[table.Channels];
        for (int n = 0; n < count; n++)
        {
            (double layerMean, double layerVariance) = LayerMoments(table, n);
            for (int c = 0; c < table.Channels; c++)
            {
                double mixed = Mean(table, w, n, c, layerMean);
                (double dmean, double dvariance) = Mixed(table, n, c, mixed);
                (double batchMean, double batchVariance) = OfBatch(c);
                means[0] += dmean * table.Mean(n)[c];
                means[1] += dmean * layerMean;
                means[2] += dmean * batchMean;
                variances[0] += dvariance * table.Variance(n)[c];
                variances[1] += dvariance * layerVariance;
                variances[2] += dvariance * batchVariance;
                scales[c] += table.Kept(n)[c] * (table.Product(n)[c] + (table.Sum(n)[c] * (table.Mean(n)[c] - mixed)));
                shifts[c] += table.Sum(n)[c];
            }
        }

        for (int c = 0; c < table.Channels; c++) affine.Add(c, scales[c], shifts[c]);
        for (int k = 0; k < 3; k++)
        {
            if (meanGradient is not null) meanGradient.Span[k] += (float)SwitchableKernel.SoftmaxGradient(w, means, k);
            if (varianceGradient is not null) varianceGradient.Span[k] += (float)SwitchableKernel.SoftmaxGradient(v, variances, k);
        }
    }

    /// <inheritdoc/>
    public override void Track(in PictureTable table, int count, float? momentum)
    {
        if (!usesBatch) return;
        double pixels = (double)table.Pixels * count;
        for (int c = 0; c < table.Channels; c++) running.Move(c, batchMeans[c], batchVariances[c] * pixels / Math.Max(1, pixels - 1), momentum);
    }

    private static (double Mean, double Variance) LayerMoments(in PictureTable table, int n)
    {
        double mean = 0, variance = 0;
        for (int c = 0; c < table.Channels; c++) mean += table.Mean(n)[c];
        mean /= table.Channels;
        for (int c = 0; c < table.Channels; c++) variance += table.Variance(n)[c] + ((table.Mean(n)[c] - mean) * (table.Mean(n)[c] - mean));
        return (mean, variance / table.Channels);
    }

    private (double Mean, double Variance) OfBatch(int c) => usesBatch ? (batchMeans[c], batchVariances[c]) : (running.Mean[c], running.Variance[c]);

    private double Mean(in PictureTable table, double[] w, int n, int c, double layerMean) => (w[0] * table.Mean(n)[c]) + (w[1] * layerMean) + (w[2] * OfBatch(c).Mean);

    /// <summary>The gradients of the mixed mean and variance.</summary>
    private (double Mean, double Variance) Mixed(in PictureTable table, int n, int c, double mean)
    {
        double inverse = table.Kept(n)[c], scale = affine.Scale[c] * inverse;
        return (-scale * table.Sum(n)[c], -scale * inverse * inverse * (table.Product(n)[c] + (table.Sum(n)[c] * (table.Mean(n)[c] - mean))) / 2);
    }
}
