using System.Runtime.CompilerServices;

namespace Graft.Kernels;

/// <summary>
/// Depthwise convolution with any kernel, stride, dilation and padding, vectorized over channels: y[n, i, j, c] = clamp(b[c] + sum over u, v of
/// x[n, i s + u d - top, j s + v d - left, c] w[u, v, c]). The kernels and strides of MobileNets have faster code of their own.
/// </summary>
internal static unsafe class DepthwiseConvolution
{
    /// <summary>One row of the output.</summary>
    /// <param name="g">The geometry.</param>
    /// <param name="x">The input <c>[batch, height, width, channels]</c>.</param>
    /// <param name="weights">The weights <c>[kernel, kernel, channels]</c>.</param>
    /// <param name="bias">The bias <c>[channels]</c>.</param>
    /// <param name="low">The lower bound of the activation.</param>
    /// <param name="high">Its upper bound.</param>
    /// <param name="y">The output <c>[batch, height, width, channels]</c>.</param>
    /// <param name="row">The row, counted through the batch.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row<TSimd, TVector>(in WindowGeometry g, float* x, float* weights, float* bias, TVector low, TVector high, float* y, int row)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int channels = g.Channels, pixelStep = g.Dilation * channels;
        long rowStep = (long)g.Dilation * g.Width * channels;
        int startRow = (row % g.OutHeight * g.Stride) - g.Top;
        (int firstU, int endU) = g.Inside(startRow, g.Height);
        float* image = x + ((long)(row / g.OutHeight) * g.Height * g.Width * channels);
        float* target = y + ((long)row * g.OutWidth * channels);
        for (int j = 0; j < g.OutWidth; j++, target += channels)
        {
            int startColumn = (j * g.Stride) - g.Left;
            (int firstV, int endV) = g.Inside(startColumn, g.Width);
            for (int c = 0; c < channels; c += TSimd.Lanes)
            {
                int lanes = channels - c;
                TVector sum = Partial<TSimd, TVector>.Load(bias + c, lanes);
                for (int u = firstU; u < endU; u++)
                {
                    float* source = image + (((long)startRow * g.Width) + startColumn) * channels + (u * rowStep) + c;
                    float* weight = weights + ((long)u * g.Kernel * channels) + c;
                    for (int v = firstV; v < endV; v++)
                    {
                        TVector pixel = Partial<TSimd, TVector>.Load(source + (v * pixelStep), lanes);
                        sum = TSimd.MultiplyAdd(pixel, Partial<TSimd, TVector>.Load(weight + (v * channels), lanes), sum);
                    }
                }

                Partial<TSimd, TVector>.Store(TSimd.Min(high, TSimd.Max(low, sum)), target + c, lanes);
            }
        }
    }
}
