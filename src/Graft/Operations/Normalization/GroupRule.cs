using Graft.Kernels.Normalization;

namespace Graft.Operations.Normalization;

/// <summary>
/// The factors of group normalization, <see cref="GroupNormKernel"/>. The moments of a group are those of its channels: the mean of their means, and the mean of their variances and of the squared
/// distances of their means from it.
/// </summary>
/// <param name="groups">The number of groups; as many as channels for instance normalization.</param>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="affine">The scales and shifts, or null.</param>
/// <param name="running">The running statistics of an instance normalization that keeps them, or null.</param>
internal sealed unsafe class GroupRule(int groups, float epsilon, Affine? affine, RunningStatistics? running = null) : PictureRule
{
    /// <inheritdoc/>
    public override void Forward(in PictureTable table, int first, int end)
    {
        int size = table.Channels / groups;
        ReadOnlySpan<float> scales = affine is null ? default : affine.Scale, shifts = affine is null ? default : affine.Shift;
        for (int n = first; n < end; n++)
        {
            double* inverses = table.Kept(n);
            float* center = table.Center(n), scale = table.Scale(n), shift = table.Shift(n);
            for (int g = size == 1 ? InstanceFactors.Forward(table, n, epsilon, scales, shifts) : 0; g < groups; g++)
            {
                (double mean, double variance) = Moments(table, n, g * size, size);
                double inverse = 1 / Math.Sqrt(variance + epsilon);
                for (int c = g * size; c < (g + 1) * size; c++)
                {
                    inverses[c] = inverse;
                    double factor = affine is null ? inverse : scales[c] * inverse;
                    scale[c] = (float)factor;
                    shift[c] = (float)((affine is null ? 0 : shifts[c]) + ((center[c] - mean) * factor));
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Backward(in PictureTable table, int first, int end)
    {
        int size = table.Channels / groups;
        double count = (double)table.Pixels * size;
        ReadOnlySpan<float> scales = affine is null ? default : affine.Scale;
        for (int n = first; n < end; n++)
        {
            double* inverses = table.Kept(n), sums = table.Sum(n), products = table.Product(n), means = table.Mean(n);
            float* center = table.Center(n), k1 = table.K1(n), k2 = table.K2(n), k3 = table.K3(n);
            for (int g = size == 1 ? InstanceFactors.Backward(table, n, scales) : 0; g < groups; g++)
            {
                double mean = Mean(table, n, g * size, size), inverse = inverses[g * size], sum = 0, product = 0;
                for (int c = g * size; c < (g + 1) * size; c++)
                {
                    double scale = affine is null ? 1 : scales[c];
                    sum += scale * sums[c];
                    product += scale * (products[c] + (sums[c] * (means[c] - mean)));
                }

                double slope = -inverse * inverse * inverse * product / count, constant = -inverse * sum / count;
                for (int c = g * size; c < (g + 1) * size; c++)
                    (k1[c], k2[c], k3[c]) = ((float)(affine is null ? inverse : scales[c] * inverse), (float)slope, (float)(constant + (slope * (center[c] - mean))));
            }
        }
    }

    /// <inheritdoc/>
    public override void AddGradients(in PictureTable table, int count)
    {
        if (affine is null) return;
        int size = table.Channels / groups;
        double[] scales = new double[table.Channels], shifts = new double[table.Channels];
        for (int n = 0; n < count; n++)
        {
            double* inverses = table.Kept(n), sums = table.Sum(n), products = table.Product(n), means = table.Mean(n);
            for (int g = size == 1 ? InstanceFactors.AddUp(table, n, scales, shifts) : 0; g < groups; g++)
            {
                double mean = Mean(table, n, g * size, size);
                for (int c = g * size; c < (g + 1) * size; c++)
                {
                    scales[c] += inverses[c] * (products[c] + (sums[c] * (means[c] - mean)));
                    shifts[c] += sums[c];
                }
            }
        }

        for (int c = 0; c < table.Channels; c++) affine.Add(c, scales[c], shifts[c]);
    }

    /// <inheritdoc/>
    public override void Track(in PictureTable table, int count, float? momentum)
    {
        if (running is null) return;
        double unbiased = table.Pixels / Math.Max(1.0, table.Pixels - 1);
        for (int c = 0; c < table.Channels; c++)
        {
            double mean = 0, variance = 0;
            for (int n = 0; n < count; n++) (mean, variance) = (mean + table.Mean(n)[c], variance + table.Variance(n)[c]);
            running.Move(c, mean / count, variance * unbiased / count, momentum);
        }
    }

    private static double Mean(in PictureTable table, int n, int channel, int size)
    {
        double sum = 0;
        double* means = table.Mean(n) + channel;
        for (int c = 0; c < size; c++) sum += means[c];
        return sum / size;
    }

    private static (double Mean, double Variance) Moments(in PictureTable table, int n, int channel, int size)
    {
        double mean = Mean(table, n, channel, size), sum = 0;
        double* means = table.Mean(n) + channel, variances = table.Variance(n) + channel;
        for (int c = 0; c < size; c++) sum += variances[c] + ((means[c] - mean) * (means[c] - mean));
        return (mean, sum / size);
    }
}
