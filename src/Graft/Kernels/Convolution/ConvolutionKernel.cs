namespace Graft.Kernels.Convolution;

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
        {
            for (int i = 0; i < g.OutHeight; i++)
            {
                for (int j = 0; j < g.OutWidth; j++)
                {
                    for (int o = 0; o < g.OutChannels; o++)
                    {
                        double sum = bias.IsEmpty ? 0 : bias[o];
                        int firstChannel = o / g.GroupOutChannels * inputs;
                        for (int u = 0; u < k; u++)
                        {
                            for (int v = 0; v < k; v++)
                            {
                                int row = (i * g.Stride) + (u * g.Dilation) - g.Top, column = (j * g.Stride) + (v * g.Dilation) - g.Left;
                                if (row < 0 || row >= g.Height || column < 0 || column >= g.Width) continue;
                                int pixel = (((n * g.Height) + row) * g.Width) + column;
                                for (int c = 0; c < inputs; c++)
                                    sum += (double)x[(pixel * g.Channels) + firstChannel + c] * weight[(((((o * inputs) + c) * k) + u) * k) + v];
                            }
                        }

                        y[(((((n * g.OutHeight) + i) * g.OutWidth) + j) * g.OutChannels) + o] = (float)sum;
                    }
                }
            }
        }
    }

    /// <summary>
    /// The formula of the backward, summed in float64: every product x w of the forward gives w dy to the gradient of x, x dy to that of w; the gradient of the bias is the sum of dy.
    /// </summary>
    /// <param name="g">The geometry.</param>
    /// <param name="x">The input <c>[batch, height, width, channels]</c>.</param>
    /// <param name="weight">The weights <c>[outputs, inputs / groups, kernel, kernel]</c>.</param>
    /// <param name="dy">The gradient of the output <c>[batch, height, width, outputs]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[batch, height, width, channels]</c>, written; empty if not wanted.</param>
    /// <param name="dweight">The gradient of the weights <c>[outputs, inputs / groups, kernel, kernel]</c>, written; empty if not wanted.</param>
    /// <param name="dbias">The gradient of the bias <c>[outputs]</c>, written; empty if not wanted.</param>
    public static void BackwardReference(
        in WindowGeometry g, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dweight, Span<float> dbias)
    {
        int k = g.Kernel, inputs = g.GroupChannels;
        double[] inputSums = new double[x.Length], weightSums = new double[weight.Length], biasSums = new double[g.OutChannels];
        for (int n = 0; n < g.Batch; n++)
        {
            for (int i = 0; i < g.OutHeight; i++)
            {
                for (int j = 0; j < g.OutWidth; j++)
                {
                    for (int o = 0; o < g.OutChannels; o++)
                    {
                        double gradient = dy[(((((n * g.OutHeight) + i) * g.OutWidth) + j) * g.OutChannels) + o];
                        biasSums[o] += gradient;
                        int firstChannel = o / g.GroupOutChannels * inputs;
                        for (int u = 0; u < k; u++)
                        {
                            for (int v = 0; v < k; v++)
                            {
                                int row = (i * g.Stride) + (u * g.Dilation) - g.Top, column = (j * g.Stride) + (v * g.Dilation) - g.Left;
                                if (row < 0 || row >= g.Height || column < 0 || column >= g.Width) continue;
                                int pixel = (((n * g.Height) + row) * g.Width) + column;
                                for (int c = 0; c < inputs; c++)
                                {
                                    int from = (pixel * g.Channels) + firstChannel + c, by = (((((o * inputs) + c) * k) + u) * k) + v;
                                    inputSums[from] += weight[by] * gradient;
                                    weightSums[by] += x[from] * gradient;
                                }
                            }
                        }
                    }
                }
            }
        }

        for (int i = 0; i < dx.Length; i++) dx[i] = (float)inputSums[i];
        for (int i = 0; i < dweight.Length; i++) dweight[i] = (float)weightSums[i];
        for (int i = 0; i < dbias.Length; i++) dbias[i] = (float)biasSums[i];
    }
}
