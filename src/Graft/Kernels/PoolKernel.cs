using Graft.Networks.Layers;

namespace Graft.Kernels;

/// <summary>
/// Pooling over a square window: y[n, i, j, c] is the largest, or the mean, of x[n, i s + u - top, j s + v - left, c] over those u and v in
/// [0, kernel) that fall inside the image.
/// </summary>
internal static unsafe class PoolKernel
{
    /// <summary>The formula; means are summed in float64.</summary>
    /// <param name="g">The geometry.</param>
    /// <param name="function">What a window gives.</param>
    /// <param name="x">The input <c>[batch, height, width, channels]</c>.</param>
    /// <param name="y">The output <c>[batch, height, width, channels]</c>.</param>
    public static void Reference(in WindowGeometry g, PoolFunction function, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int n = 0; n < g.Batch; n++)
            for (int i = 0; i < g.OutHeight; i++)
                for (int j = 0; j < g.OutWidth; j++)
                    for (int c = 0; c < g.Channels; c++)
                    {
                        float largest = float.NegativeInfinity;
                        double sum = 0;
                        int count = 0;
                        for (int u = 0; u < g.Kernel; u++)
                            for (int v = 0; v < g.Kernel; v++)
                            {
                                int row = (i * g.Stride) + u - g.Top, column = (j * g.Stride) + v - g.Left;
                                if (row < 0 || row >= g.Height || column < 0 || column >= g.Width) continue;
                                float value = x[(((((n * g.Height) + row) * g.Width) + column) * g.Channels) + c];
                                largest = MathF.Max(largest, value);
                                sum += value;
                                count++;
                            }

                        y[(((((n * g.OutHeight) + i) * g.OutWidth) + j) * g.Channels) + c] = function == PoolFunction.Max ? largest : (float)(sum / count);
                    }
    }
}
