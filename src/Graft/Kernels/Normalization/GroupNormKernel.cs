
namespace Graft.Kernels.Normalization;

/// <summary>
/// Group normalization (Wu and He 2018, arXiv:1803.08494, equations 1 and 7): y[n, p, c] = weight[c] (x[n, p, c] - mean[n, g]) / sqrt(variance[n, g] + epsilon)
/// + bias[c], where mean and biased
/// variance are those of the pixels and channels of c's group g in image n. As many groups as channels are instance normalization, one group is layer
/// normalization over pixels and channels.
/// </summary>
/// <remarks>This is the scalar reference. </remarks>
internal static class GroupNormKernel
{
    /// <summary>The formula, in float64.</summary>
    public static void Reference(in NormInput norm, int groups, Span<float> y)
    {
        int size = norm.Channels / groups;
        for (int n = 0; n < norm.Batch; n++)
        {
            for (int g = 0; g < groups; g++)
            {
                (double mean, double variance) = Statistics(n, norm.Pixels, norm.Channels, g * size, size, norm.X);
                for (int p = 0; p < norm.Pixels; p++)
                {
                    for (int c = g * size; c < (g + 1) * size; c++)
                    {
                        int i = (((n * norm.Pixels) + p) * norm.Channels) + c;
                        y[i] = (float)((norm.Gamma(c) * (norm.X[i] - mean) / Math.Sqrt(variance + norm.Epsilon)) + norm.Beta(c));
                    }
                }
            }
        }
    }

    /// <summary>
    /// The backward, in float64: with z the normalized input and h = weight dy, dx = (h - mean(h) - z mean(h z)) / sqrt(variance + epsilon), means over the
    /// group.
    /// </summary>
    public static void BackwardReference(in NormInput norm, int groups, in NormGradient gradient)
    {
        int channels = norm.Channels, size = channels / groups, count = norm.Pixels * size;
        double[] scales = new double[channels], shifts = new double[channels];
        for (int n = 0; n < norm.Batch; n++)
        {
            for (int g = 0; g < groups; g++)
            {
                (double mean, double variance) = Statistics(n, norm.Pixels, channels, g * size, size, norm.X);
                double inverse = 1 / Math.Sqrt(variance + norm.Epsilon), sum = 0, product = 0;
                for (int p = 0; p < norm.Pixels; p++)
                {
                    for (int c = g * size; c < (g + 1) * size; c++)
                    {
                        int i = (((n * norm.Pixels) + p) * channels) + c;
                        double normalized = (norm.X[i] - mean) * inverse, h = gradient.Dy[i] * norm.Gamma(c);
                        sum += h;
                        product += h * normalized;
                        scales[c] += gradient.Dy[i] * normalized;
                        shifts[c] += gradient.Dy[i];
                    }
                }

                for (int p = 0; p < norm.Pixels; p++)
                {
                    for (int c = g * size; c < (g + 1) * size; c++)
                    {
                        int i = (((n * norm.Pixels) + p) * channels) + c;
                        double normalized = (norm.X[i] - mean) * inverse, h = gradient.Dy[i] * norm.Gamma(c);
                        gradient.Dx[i] = (float)(inverse * (h - (sum / count) - (normalized * product / count)));
                    }
                }
            }
        }

        for (int c = 0; c < channels; c++) gradient.Set(c, scales[c], shifts[c]);
    }

    /// <summary>The running statistics of instance normalization after a batch: the mean over its images, of the unbiased variance.</summary>
    /// <param name="batch">The number of images.</param>
    /// <param name="pixels">Height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="momentum">The weight of the new batch: running = (1 - momentum) running + momentum batch.</param>
    /// <param name="x">The input <c>[batch, pixels, channels]</c>.</param>
    /// <param name="runningMean">The running mean <c>[channels]</c>, updated.</param>
    /// <param name="runningVariance">The running variance <c>[channels]</c>, updated.</param>
    public static void TrackReference(int batch, int pixels, int channels, float momentum, ReadOnlySpan<float> x, Span<float> runningMean, Span<float> runningVariance)
    {
        for (int c = 0; c < channels; c++)
        {
            double means = 0, variances = 0;
            for (int n = 0; n < batch; n++)
            {
                (double mean, double variance) = Statistics(n, pixels, channels, c, 1, x);
                means += mean;
                variances += variance * pixels / Math.Max(pixels - 1, 1);
            }

            runningMean[c] = (float)(((1 - (double)momentum) * runningMean[c]) + (momentum * means / batch));
            runningVariance[c] = (float)(((1 - (double)momentum) * runningVariance[c]) + (momentum * variances / batch));
        }
    }

    /// <summary>The mean and the biased variance of some channels of an image.</summary>
    public static (double Mean, double Variance) Statistics(int image, int pixels, int channels, int firstChannel, int size, ReadOnlySpan<float> x)
    {
        double sum = 0, squares = 0;
        for (int p = 0; p < pixels; p++)
            for (int c = firstChannel; c < firstChannel + size; c++) sum += x[(((image * pixels) + p) * channels) + c];
        double mean = sum / ((double)pixels * size);
        for (int p = 0; p < pixels; p++)
        {
            for (int c = firstChannel; c < firstChannel + size; c++)
            {
                double distance = x[(((image * pixels) + p) * channels) + c] - mean;
                squares += distance * distance;
            }
        }

        return (mean, squares / ((double)pixels * size));
    }
}
