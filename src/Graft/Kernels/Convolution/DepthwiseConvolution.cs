using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>
/// Depthwise convolution with any kernel, stride, dilation and padding, vectorized over channels: y[n, i, j, c] = b[c] + sum over u, v of
/// x[n, i s + u d - top, j s + v d - left, c] w[u, v, c]. The kernels and strides of MobileNets have faster code of their own.
/// </summary>
internal static unsafe partial class DepthwiseConvolution
{
    /// <summary>Some rows of the output.</summary>
    /// <param name="g">The geometry.</param>
    /// <param name="x">The input <c>[batch, height, width, channels]</c>.</param>
    /// <param name="weights">The weights <c>[kernel, kernel, channels]</c>.</param>
    /// <param name="bias">The bias <c>[channels]</c>.</param>
    /// <param name="y">The output <c>[batch, height, width, channels]</c>.</param>
    /// <param name="first">The first row, counted through the batch.</param>
    /// <param name="end">Behind the last row.</param>
    [Dispatch]
    public static partial void Run(in WindowGeometry g, float* x, float* weights, float* bias, float* y, int first, int end);

    private static void Run<TSimd, TVector>(in WindowGeometry g, float* x, float* weights, float* bias, float* y, int first, int end)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        for (int row = first; row < end; row++) Row<TSimd, TVector>(g, x, weights, bias, y, row);
    }

    [MethodImpl(Compiled.Alone)]
    private static void Row<TSimd, TVector>(in WindowGeometry g, float* x, float* weights, float* bias, float* y, int row)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int channels = g.Channels;
        int startRow = (row % g.OutHeight * g.Stride) - g.Top;
        (int firstU, int endU) = g.Inside(startRow, g.Height);
        float* image = x + ((long)(row / g.OutHeight) * g.Height * g.Width * channels);
        float* target = y + ((long)row * g.OutWidth * channels);
        for (int j = 0; j < g.OutWidth; j++, target += channels)
        {
            int startColumn = (j * g.Stride) - g.Left;
            (int firstV, int endV) = g.Inside(startColumn, g.Width);
            Window window = new()
            {
                Height = endU - firstU,
                Width = endV - firstV,
                PixelStep = g.Dilation * channels,
                RowStep = (nint)g.Dilation * g.Width * channels,
                Channels = channels,
                WeightRowStep = (nint)g.Kernel * channels,
            };
            float* source = image + ((((startRow + ((nint)firstU * g.Dilation)) * g.Width) + startColumn + (firstV * g.Dilation)) * channels);
            float* weight = weights + ((((nint)firstU * g.Kernel) + firstV) * channels);
            int c = 0;
            for (; c <= channels - TSimd.Lanes; c += TSimd.Lanes)
                Output<TSimd, TVector, Whole<TSimd, TVector>>(window, source + c, weight + c, bias + c, target + c, TSimd.Lanes);
            if (c < channels) Output<TSimd, TVector, First<TSimd, TVector>>(window, source + c, weight + c, bias + c, target + c, channels - c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Output<TSimd, TVector, TAccess>(Window window, float* source, float* weight, float* bias, float* target, int lanes)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TAccess : struct, IAccess<TVector>
    {
        TVector sum = TAccess.Load(bias, lanes);
        for (int u = window.Height; u > 0; u--, source += window.RowStep, weight += window.WeightRowStep)
        {
            float* x = source, w = weight;
            for (int v = window.Width; v > 0; v--, x += window.PixelStep, w += window.Channels)
                sum = TSimd.MultiplyAdd(TAccess.Load(x, lanes), TAccess.Load(w, lanes), sum);
        }

        TAccess.Store(sum, target, lanes);
    }

    /// <summary>The part of a window that lies inside the image: its taps, and how far apart they are.</summary>
    private readonly ref struct Window
    {
        public int Height { get; init; }

        public int Width { get; init; }

        public nint PixelStep { get; init; }

        public nint RowStep { get; init; }

        public nint Channels { get; init; }

        public nint WeightRowStep { get; init; }
    }
}
