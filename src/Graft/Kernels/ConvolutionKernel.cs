namespace Graft.Kernels;

/// <summary>
/// Two-dimensional convolution: y[n, i, j, o] = b[o] + sum over u, v, c of x[n, i s + u d - top, j s + v d - left, g C + c] w[o, c, u, v],
/// where o is in group g, a group has C input channels, and x is 0 outside the image.
/// </summary>
internal static unsafe class ConvolutionKernel
{
    /// <summary>The formula, summed in float64.</summary>
    /// <param name="g">The geometry.</param>
    /// <param name="x">The input <c>[batch, height, width, channels]</c>.</param>
    /// <param name="weight">The weights <c>[outputs, inputs / groups, kernel, kernel]</c>.</param>
    /// <param name="bias">The bias <c>[outputs]</c>; empty for none.</param>
    /// <param name="y">The output <c>[batch, height, width, outputs]</c>.</param>
    public static void Reference(in WindowGeometry g, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> y)
    {
        int k = g.Kernel, inputs = g.GroupChannels;
        for (int n = 0; n < g.Batch; n++)
            for (int i = 0; i < g.OutHeight; i++)
                for (int j = 0; j < g.OutWidth; j++)
                    for (int o = 0; o < g.OutChannels; o++)
                    {
                        double sum = bias.IsEmpty ? 0 : bias[o];
                        int firstChannel = o / g.GroupOutChannels * inputs;
                        for (int u = 0; u < k; u++)
                            for (int v = 0; v < k; v++)
                            {
                                int row = (i * g.Stride) + (u * g.Dilation) - g.Top, column = (j * g.Stride) + (v * g.Dilation) - g.Left;
                                if (row < 0 || row >= g.Height || column < 0 || column >= g.Width) continue;
                                int pixel = (((n * g.Height) + row) * g.Width) + column;
                                for (int c = 0; c < inputs; c++)
                                    sum += (double)x[(pixel * g.Channels) + firstChannel + c] * weight[(((((o * inputs) + c) * k) + u) * k) + v];
                            }

                        y[(((((n * g.OutHeight) + i) * g.OutWidth) + j) * g.OutChannels) + o] = (float)sum;
                    }
    }
}
