using Graft.Networks.Layers.Normalization;
using Graft.Tensors;

namespace Graft.Kernels.Normalization;

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

    /// <inheritdoc/>
    public override bool NeedsBatch => usesBatch;

    /// <inheritdoc/>
    public override void Forward(in PictureTable table, int first, int end)
    {
        for (int c = 0; c < table.Channels; c++)
        {
            (double mean, double variance) = c < instances ? default : usesBatch ? BatchMoments(table, c, first, end) : (running.Mean[c - instances], running.Variance[c - instances]);
            for (int n = first; n < end; n++)
            {
                if (c < instances) (mean, variance) = (table.Mean(n)[c], table.Variance(n)[c]);
                double inverse = 1 / Math.Sqrt(variance + operation.Epsilon), scale = inverse * Scale(c);
                table.Kept(n)[c] = inverse;
                table.Scale(n)[c] = (float)scale;
                table.Shift(n)[c] = (float)(Shift(c) + ((table.Center(n)[c] - mean) * scale));
            }
        }
    }

    /// <inheritdoc/>
    public override void Backward(in PictureTable table, int first, int end)
    {
        for (int c = 0; c < table.Channels; c++)
        {
            if (c >= instances && !usesBatch)
            {
                for (int n = first; n < end; n++) (table.K1(n)[c], table.K2(n)[c], table.K3(n)[c]) = (table.Scale(n)[c], 0, 0);
                continue;
            }

            for (int n = first; n < end; n = c < instances ? n + 1 : end)
            {
                int last = c < instances ? n + 1 : end;
                double mean = BatchMoments(table, c, n, last).Mean, inverse = table.Kept(n)[c], count = (double)table.Pixels * (last - n);
                (double product, double sum) = Sums(table, c, n, last, mean);
                double slope = -Scale(c) * inverse * inverse * inverse * product / count, constant = -Scale(c) * inverse * sum / count;
                for (int i = n; i < last; i++)
                    (table.K1(i)[c], table.K2(i)[c], table.K3(i)[c]) = (table.Scale(i)[c], (float)slope, (float)(constant + (slope * (table.Center(i)[c] - mean))));
            }
        }
    }

    /// <inheritdoc/>
    public override void AddGradients(in PictureTable table, int count)
    {
        for (int c = 0; c < table.Channels; c++)
        {
            if (c >= instances)
            {
                double mean = usesBatch ? BatchMoments(table, c, 0, count).Mean : running.Mean[c - instances];
                (double product, double sum) = Sums(table, c, 0, count, mean);
                batch.Add(c - instances, product * table.Kept(0)[c], sum);
                continue;
            }

            double scale = 0, shift = 0;
            for (int n = 0; n < count; n++) (scale, shift) = (scale + (table.Kept(n)[c] * table.Product(n)[c]), shift + table.Sum(n)[c]);
            instance.Add(c, scale, shift);
        }
    }

    /// <inheritdoc/>
    public override void Track(in PictureTable table, int count, float? momentum)
    {
        if (!usesBatch) return;
        double pixels = (double)table.Pixels * count;
        for (int c = instances; c < table.Channels; c++)
        {
            (double mean, double variance) = BatchMoments(table, c, 0, count);
            running.Move(c - instances, mean, variance * pixels / Math.Max(1, pixels - 1), momentum);
        }
    }

    private float Scale(int c) => c < instances ? instance.Scale[c] : batch.Scale[c - instances];

    private float Shift(int c) => c < instances ? instance.Shift[c] : batch.Shift[c - instances];

    private static (double Product, double Sum) Sums(in PictureTable table, int c, int first, int end, double mean)
    {
        double product = 0, sum = 0;
        for (int n = first; n < end; n++)
        {
            product += table.Product(n)[c] + (table.Sum(n)[c] * (table.Mean(n)[c] - mean));
            sum += table.Sum(n)[c];
        }

        return (product, sum);
    }
}
