namespace Graft.Kernels;

/// <summary>The mean over the pixels of an image: y[n, c] = sum over p of x[n, p, c] / pixels.</summary>
internal static unsafe class GlobalAveragePoolKernel
{
    /// <summary>The formula, summed in float64.</summary>
    /// <param name="batch">The number of images.</param>
    /// <param name="pixels">Height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="x">The input <c>[batch, pixels, channels]</c>.</param>
    /// <param name="y">The output <c>[batch, channels]</c>.</param>
    public static void Reference(int batch, int pixels, int channels, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int n = 0; n < batch; n++)
            for (int c = 0; c < channels; c++)
            {
                double sum = 0;
                for (int p = 0; p < pixels; p++) sum += x[(((n * pixels) + p) * channels) + c];
                y[(n * channels) + c] = (float)(sum / pixels);
            }
    }
}
