
namespace Graft.Kernels.Normalization;

/// <summary>
/// Group normalization (Wu and He 2018, arXiv:1803.08494, equations 1 and 7): y[n, p, c] = weight[c] (x[n, p, c] - mean[n, g]) / sqrt(variance[n, g] + epsilon) + bias[c], where mean and biased
/// variance are those of the pixels and channels of c's group g in picture n. As many groups as channels are instance normalization, one group is layer normalization over pixels and channels.
/// </summary>
/// <remarks>This is the scalar reference. The vector path is tables of moments's moments, the factors's factors, and one pass that applies them.</remarks>
internal static class GroupNormKernel
{
    /// <summary>The formula, in float64.</summary>
    /// <param name="batch">The number of pictures.</param>
    /// <param name="pixels">Height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="groups">The number of groups.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="x">The input <c>[batch, pixels, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>; empty for ones.</param>
    /// <param name="bias">The shift <c>[channels]</c>; empty for zeros.</param>
    /// <param name="y">The output <c>[batch, pixels, channels]</c>.</param>
    public static void Reference(int batch, int pixels, int channels, int groups, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> y)
    {
        int size = channels / groups;
        for (int n = 0; n < batch; n++)
            for (int g = 0; g < groups; g++)
            {
                (double mean, double variance) = Statistics(n, pixels, channels, g * size, size, x);
                for (int p = 0; p < pixels; p++)
                    for (int c = g * size; c < (g + 1) * size; c++)
                    {
                        int i = (((n * pixels) + p) * channels) + c;
                        double normalized = (x[i] - mean) / Math.Sqrt(variance + epsilon);
                        y[i] = (float)(weight.IsEmpty ? normalized : (weight[c] * normalized) + bias[c]);
                    }
            }
    }

    /// <summary>The backward, in float64: with z the normalized input and h = weight dy, dx = (h - mean(h) - z mean(h z)) / sqrt(variance + epsilon), means over the group.</summary>
    /// <param name="batch">The number of pictures.</param>
    /// <param name="pixels">Height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="groups">The number of groups.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="x">The input <c>[batch, pixels, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>; empty for ones.</param>
    /// <param name="dy">The gradient of the output <c>[batch, pixels, channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[batch, pixels, channels]</c>, written.</param>
    /// <param name="dweight">The gradient of the scale <c>[channels]</c>, written; empty where there is none.</param>
    /// <param name="dbias">The gradient of the shift <c>[channels]</c>, written; empty where there is none.</param>
    public static void BackwardReference(
        int batch, int pixels, int channels, int groups, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dweight, Span<float> dbias)
    {
        int size = channels / groups, count = pixels * size;
        double[] scales = new double[channels], shifts = new double[channels];
        for (int n = 0; n < batch; n++)
            for (int g = 0; g < groups; g++)
            {
                (double mean, double variance) = Statistics(n, pixels, channels, g * size, size, x);
                double inverse = 1 / Math.Sqrt(variance + epsilon), sum = 0, product = 0;
                for (int p = 0; p < pixels; p++)
                    for (int c = g * size; c < (g + 1) * size; c++)
                    {
                        int i = (((n * pixels) + p) * channels) + c;
                        double normalized = (x[i] - mean) * inverse, h = dy[i] * (weight.IsEmpty ? 1.0 : weight[c]);
                        sum += h;
                        product += h * normalized;
                        scales[c] += dy[i] * normalized;
                        shifts[c] += dy[i];
                    }

                for (int p = 0; p < pixels; p++)
                    for (int c = g * size; c < (g + 1) * size; c++)
                    {
                        int i = (((n * pixels) + p) * channels) + c;
                        double normalized = (x[i] - mean) * inverse, h = dy[i] * (weight.IsEmpty ? 1.0 : weight[c]);
                        dx[i] = (float)(inverse * (h - (sum / count) - (normalized * product / count)));
                    }
            }

        for (int c = 0; c < dweight.Length; c++) dweight[c] = (float)scales[c];
        for (int c = 0; c < dbias.Length; c++) dbias[c] = (float)shifts[c];
    }

    /// <summary>The running statistics of instance normalization after a batch: the mean over its pictures, of the unbiased variance.</summary>
    /// <param name="batch">The number of pictures.</param>
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

    /// <summary>The mean and the biased variance of some channels of a picture.</summary>
    public static (double Mean, double Variance) Statistics(int picture, int pixels, int channels, int firstChannel, int size, ReadOnlySpan<float> x)
    {
        double sum = 0, squares = 0;
        for (int p = 0; p < pixels; p++)
            for (int c = firstChannel; c < firstChannel + size; c++) sum += x[(((picture * pixels) + p) * channels) + c];
        double mean = sum / ((double)pixels * size);
        for (int p = 0; p < pixels; p++)
            for (int c = firstChannel; c < firstChannel + size; c++)
            {
                double distance = x[(((picture * pixels) + p) * channels) + c] - mean;
                squares += distance * distance;
            }

        return (mean, squares / ((double)pixels * size));
    }
}
