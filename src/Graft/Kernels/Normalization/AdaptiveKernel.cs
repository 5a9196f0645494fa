
namespace Graft.Kernels.Normalization;

/// <summary>
/// Adaptive instance normalization (Huang and Belongie 2017, arXiv:1703.06868, equation 8): y[n, p, c] = d(s)[n, c] (x[n, p, c] - m(x)[n, c]) / d(x)[n, c] + m(s)[n, c], m the mean and d = sqrt(biased variance +
/// epsilon) over the pixels of a picture. The scalar reference; the vector path's factors are the factors's.
/// </summary>
internal static class AdaptiveKernel
{
    /// <summary>The formula, in float64.</summary>
    /// <param name="batch">The number of pictures.</param>
    /// <param name="pixels">The content's height times width.</param>
    /// <param name="stylePixels">The style's height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="epsilon">Added to the variances.</param>
    /// <param name="x">The content <c>[batch, pixels, channels]</c>.</param>
    /// <param name="style">The style <c>[batch, stylePixels, channels]</c>.</param>
    /// <param name="y">The output <c>[batch, pixels, channels]</c>.</param>
    public static void Reference(int batch, int pixels, int stylePixels, int channels, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> style, Span<float> y)
    {
        for (int n = 0; n < batch; n++)
            for (int c = 0; c < channels; c++)
            {
                (double mean, double variance) = GroupNormKernel.Statistics(n, pixels, channels, c, 1, x);
                (double styleMean, double styleVariance) = GroupNormKernel.Statistics(n, stylePixels, channels, c, 1, style);
                for (int p = 0; p < pixels; p++)
                {
                    int i = (((n * pixels) + p) * channels) + c;
                    y[i] = (float)((Math.Sqrt(styleVariance + epsilon) * (x[i] - mean) / Math.Sqrt(variance + epsilon)) + styleMean);
                }
            }
    }

    /// <summary>
    /// The backward, in float64: with z the normalized content, dx = d(s) / d(x) (dy - mean(dy) - z mean(dy z)), and ds = (sum(dy) + sum(dy z) (s - m(s)) / d(s)) / stylePixels.
    /// </summary>
    /// <param name="batch">The number of pictures.</param>
    /// <param name="pixels">The content's height times width.</param>
    /// <param name="stylePixels">The style's height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="epsilon">Added to the variances.</param>
    /// <param name="x">The content <c>[batch, pixels, channels]</c>.</param>
    /// <param name="style">The style <c>[batch, stylePixels, channels]</c>.</param>
    /// <param name="dy">The gradient of the output <c>[batch, pixels, channels]</c>.</param>
    /// <param name="dx">The gradient of the content, written.</param>
    /// <param name="dstyle">The gradient of the style, written.</param>
    public static void BackwardReference(
        int batch, int pixels, int stylePixels, int channels, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> style, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dstyle)
    {
        for (int n = 0; n < batch; n++)
            for (int c = 0; c < channels; c++)
            {
                (double mean, double variance) = GroupNormKernel.Statistics(n, pixels, channels, c, 1, x);
                (double styleMean, double styleVariance) = GroupNormKernel.Statistics(n, stylePixels, channels, c, 1, style);
                double inverse = 1 / Math.Sqrt(variance + epsilon), deviation = Math.Sqrt(styleVariance + epsilon), sum = 0, product = 0;
                for (int p = 0; p < pixels; p++)
                {
                    int i = (((n * pixels) + p) * channels) + c;
                    sum += dy[i];
                    product += dy[i] * (x[i] - mean) * inverse;
                }

                for (int p = 0; p < pixels; p++)
                {
                    int i = (((n * pixels) + p) * channels) + c;
                    dx[i] = (float)(deviation * inverse * (dy[i] - (sum / pixels) - ((x[i] - mean) * inverse * product / pixels)));
                }

                for (int p = 0; p < stylePixels; p++)
                {
                    int i = (((n * stylePixels) + p) * channels) + c;
                    dstyle[i] = (float)((sum + (product * (style[i] - styleMean) / deviation)) / stylePixels);
                }
            }
    }
}
