using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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

    /// <summary>The vector path, for the output rows [<paramref name="firstRow"/>, <paramref name="endRow"/>) of batch times output height.</summary>
    /// <param name="g">The geometry.</param>
    /// <param name="function">What a window gives.</param>
    /// <param name="x">The input <c>[batch, height, width, channels]</c>.</param>
    /// <param name="y">The output <c>[batch, height, width, channels]</c>.</param>
    /// <param name="firstRow">The first output row, counted through the batch.</param>
    /// <param name="endRow">The row after the last.</param>
    public static void Run(in WindowGeometry g, PoolFunction function, float* x, float* y, int firstRow, int endRow)
    {
        if (Vector512.IsHardwareAccelerated) Run<Simd512, Vector512<float>>(g, function, x, y, firstRow, endRow);
        else if (Vector256.IsHardwareAccelerated) Run<Simd256, Vector256<float>>(g, function, x, y, firstRow, endRow);
        else Run<Simd128, Vector128<float>>(g, function, x, y, firstRow, endRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector>(in WindowGeometry g, PoolFunction function, float* x, float* y, int firstRow, int endRow)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int channels = g.Channels, rowStride = g.Width * channels;
        for (int row = firstRow; row < endRow; row++)
        {
            int startRow = (row % g.OutHeight * g.Stride) - g.Top;
            (int firstU, int endU) = g.Inside(startRow, g.Height);
            float* image = x + ((long)(row / g.OutHeight) * g.Height * rowStride);
            for (int j = 0; j < g.OutWidth; j++)
            {
                int startColumn = (j * g.Stride) - g.Left;
                (int firstV, int endV) = g.Inside(startColumn, g.Width);
                float* window = image + ((long)(startRow + firstU) * rowStride) + ((startColumn + firstV) * channels);
                float* target = y + ((((long)row * g.OutWidth) + j) * channels);
                int height = endU - firstU, width = endV - firstV;
                int c = 0;
                for (; c <= channels - TSimd.Lanes; c += TSimd.Lanes)
                    Window<TSimd, TVector, Whole<TSimd, TVector>>(function, window + c, height, width, rowStride, channels, target + c, TSimd.Lanes);
                if (c < channels)
                    Window<TSimd, TVector, First<TSimd, TVector>>(function, window + c, height, width, rowStride, channels, target + c, channels - c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Window<TSimd, TVector, TAccess>(
        PoolFunction function, float* window, int height, int width, int rowStride, int channels, float* target, int lanes)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
        where TAccess : struct, IAccess<TVector>
    {
        TVector result = TSimd.Broadcast(function == PoolFunction.Max ? float.NegativeInfinity : 0);
        for (int u = 0; u < height; u++, window += rowStride)
        {
            float* source = window;
            for (int v = 0; v < width; v++, source += channels)
            {
                TVector pixel = TAccess.Load(source, lanes);
                result = function == PoolFunction.Max ? TSimd.Max(result, pixel) : TSimd.Add(result, pixel);
            }
        }

        if (function == PoolFunction.Average) result = TSimd.Divide(result, TSimd.Broadcast(height * width));
        TAccess.Store(result, target, lanes);
    }
}
