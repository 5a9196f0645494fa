using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>The factors of <see cref="InstanceBatchNorm"/>: the first channels with the picture's own moments, the rest with the batch's or, in inference, with running ones.</summary>
/// <param name="operation">The operation.</param>
/// <param name="instances">The number of channels with instance normalization.</param>
/// <param name="usesBatch">Whether the rest is normalized with the batch's statistics.</param>
/// <param name="weight">Its parameters and buffers by name.</param>
/// <param name="gradient">The gradients of those parameters that are trained.</param>
internal sealed unsafe class InstanceBatchRule(InstanceBatchNorm operation, int instances, bool usesBatch, Func<string, Tensor> weight, Func<string, Tensor?> gradient) : PictureRule
{
    private readonly Affine instance = new(weight, gradient, "IN."), batch = new(weight, gradient, "BN.");
    private readonly RunningStatistics running = new(weight, operation.Momentum, "BN.");

    // Of the channels with batch normalization, from the forward to the end of the backward; only a training has them, and it has a rule of its own.
    private double[] means = [], variances = [], inverses = [], sums = [], products = [];
    private double batchRows;

    /// <inheritdoc/>
    public override bool NeedsBatch => usesBatch;

    /// <inheritdoc/>
    public override void BeginForward(in PictureTable table, int count)
    {
        int channels = table.Channels - instances;
        if (means.Length != channels) (means, variances, inverses) = (new double[channels], new double[channels], new double[channels]);
        BatchMoments(table, count, instances, means, variances);
        for (int c = 0; c < channels; c++) inverses[c] = Inverse(variances[c]);
    }

    /// <inheritdoc/>
    public override void Forward(in PictureTable table, int first, int end)
    {
        for (int n = first; n < end; n++)
        {
            double* mean = table.Mean(n), variance = table.Variance(n), kept = table.Kept(n);
            for (int c = 0; c < instances; c++)
            {
                kept[c] = Inverse(variance[c]);
                Set(table, n, c, kept[c] * instance.Scale[c], instance.Shift[c], mean[c]);
            }

            for (int c = instances, i = 0; c < table.Channels; c++, i++)
            {
                kept[c] = usesBatch ? inverses[i] : Inverse(running.Variance[i]);
                Set(table, n, c, kept[c] * batch.Scale[i], batch.Shift[i], usesBatch ? means[i] : running.Mean[i]);
            }
        }
    }

    /// <inheritdoc/>
    public override void BeginBackward(in PictureTable table, int count) => SumUp(table, count);

    /// <inheritdoc/>
    public override void Backward(in PictureTable table, int first, int end)
    {
        for (int n = first; n < end; n++)
        {
            double* mean = table.Mean(n), sum = table.Sum(n), product = table.Product(n), kept = table.Kept(n);
            for (int c = 0; c < instances; c++) SetGradient(table, n, c, instance.Scale[c] * kept[c], kept[c], sum[c], product[c], mean[c], table.Pixels);
            for (int c = instances, i = 0; c < table.Channels; c++, i++)
            {
                if (usesBatch) SetGradient(table, n, c, batch.Scale[i] * kept[c], kept[c], sums[i], products[i], means[i], batchRows);
                else (table.K1(n)[c], table.K2(n)[c], table.K3(n)[c]) = (table.Scale(n)[c], 0, 0);
            }
        }
    }

    /// <inheritdoc/>
    public override void AddGradients(in PictureTable table, int count)
    {
        if (!usesBatch) SumUp(table, count);
        for (int c = instances, i = 0; c < table.Channels; c++, i++) batch.Add(i, products[i] * table.Kept(0)[c], sums[i]);
        double[] scales = new double[instances], shifts = new double[instances];
        for (int n = 0; n < count; n++)
        {
            double* kept = table.Kept(n), sum = table.Sum(n), product = table.Product(n);
            for (int c = 0; c < instances; c++) (scales[c], shifts[c]) = (scales[c] + (kept[c] * product[c]), shifts[c] + sum[c]);
        }

        for (int c = 0; c < instances; c++) instance.Add(c, scales[c], shifts[c]);
    }

    /// <inheritdoc/>
    public override void Track(in PictureTable table, int count, float? momentum)
    {
        if (!usesBatch) return;
        double pixels = (double)table.Pixels * count;
        for (int i = 0; i < means.Length; i++) running.Move(i, means[i], variances[i] * pixels / Math.Max(1, pixels - 1), momentum);
    }

    private double Inverse(double variance) => 1 / Math.Sqrt(variance + operation.Epsilon);

    private static void Set(in PictureTable table, int n, int c, double scale, float shift, double mean) =>
        (table.Scale(n)[c], table.Shift(n)[c]) = ((float)scale, (float)(shift + ((table.Center(n)[c] - mean) * scale)));

    private static void SetGradient(in PictureTable table, int n, int c, double scale, double inverse, double sum, double product, double mean, double rows)
    {
        double slope = -scale * inverse * inverse * product / rows;
        (table.K1(n)[c], table.K2(n)[c], table.K3(n)[c]) = (table.Scale(n)[c], (float)slope, (float)((slope * (table.Center(n)[c] - mean)) - (scale * sum / rows)));
    }

    /// <summary>The sums of the backward over all pictures, of the channels with batch normalization.</summary>
    private void SumUp(in PictureTable table, int count)
    {
        int channels = table.Channels - instances;
        batchRows = (double)table.Pixels * count;
        if (sums.Length != channels) (sums, products) = (new double[channels], new double[channels]);
        Array.Clear(sums);
        Array.Clear(products);
        for (int n = 0; n < count; n++)
        {
            double* mean = table.Mean(n) + instances, sum = table.Sum(n) + instances, product = table.Product(n) + instances;
            for (int i = 0; i < channels; i++)
            {
                products[i] += product[i] + (sum[i] * (mean[i] - (usesBatch ? means[i] : running.Mean[i])));
                sums[i] += sum[i];
            }
        }
    }
}
