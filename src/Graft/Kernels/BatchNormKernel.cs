namespace Graft.Kernels;

/// <summary>
/// Batch normalization with running statistics (Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 2): y[p, c] = scale[c] x[p, c] + shift[c], where
/// scale = weight / sqrt(variance + epsilon) and shift = bias - mean scale.
/// </summary>
internal static unsafe class BatchNormKernel
{
    /// <summary>The formula, in float64.</summary>
    /// <param name="pixels">The product of all extents but the last.</param>
    /// <param name="channels">The last extent.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="x">The input <c>[pixels, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>.</param>
    /// <param name="bias">The shift <c>[channels]</c>.</param>
    /// <param name="mean">The running mean <c>[channels]</c>.</param>
    /// <param name="variance">The running variance <c>[channels]</c>.</param>
    /// <param name="y">The output <c>[pixels, channels]</c>.</param>
    public static void Reference(
        int pixels, int channels, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, Span<float> y)
    {
        for (int p = 0; p < pixels; p++)
            for (int c = 0; c < channels; c++)
                y[(p * channels) + c] = (float)((weight[c] * ((double)x[(p * channels) + c] - mean[c]) / Math.Sqrt((double)variance[c] + epsilon)) + bias[c]);
    }
}
