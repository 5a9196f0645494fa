using System.Runtime.CompilerServices;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Kernels.Convolution;

/// <summary>
/// Pooling over a square window: y[n, i, j, c] is the largest, or the mean, of x[n, i s + u - top, j s + v - left, c] over those u and v in
/// [0, kernel) that fall inside the image. Backward, dy[n, i, j, c] is added to dx at the first of the window's largest pixels (row by row, as in torch), or in equal parts at each
/// of them.
/// </summary>
internal static unsafe partial class PoolKernel
{
    /// <summary>The formula; means are summed in float64.</summary>
    /// <param name="g">The geometry.</param>
    /// <param name="function">What a window gives.</param>
    /// <param name="x">The input <c>[batch, height, width, channels]</c>.</param>
    /// <param name="y">The output <c>[batch, height, width, channels]</c>.</param>
    public static void Reference(in WindowGeometry g, PoolFunction function, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int n = 0; n < g.Batch; n++)
        {
            for (int i = 0; i < g.OutHeight; i++)
            {
                for (int j = 0; j < g.OutWidth; j++)
                {
                    for (int c = 0; c < g.Channels; c++)
                    {
                        float largest = float.NegativeInfinity;
                        double sum = 0;
                        int count = 0;
                        for (int u = 0; u < g.Kernel; u++)
                        {
                            for (int v = 0; v < g.Kernel; v++)
                            {
                                int row = (i * g.Stride) + u - g.Top, column = (j * g.Stride) + v - g.Left;
                                if (row < 0 || row >= g.Height || column < 0 || column >= g.Width) continue;
                                float value = x[(((((n * g.Height) + row) * g.Width) + column) * g.Channels) + c];
                                largest = MathF.Max(largest, value);
                                sum += value;
                                count++;
                            }
                        }

                        y[(((((n * g.OutHeight) + i) * g.OutWidth) + j) * g.Channels) + c] = function == PoolFunction.Max ? largest : (float)(sum / count);
                    }
                }
            }
        }
    }

    /// <summary>The formula of the backward, summed in float64.</summary>
    /// <param name="g">The geometry.</param>
    /// <param name="function">What a window gives.</param>
    /// <param name="x">The input <c>[batch, height, width, channels]</c>.</param>
    /// <param name="dy">The gradient of the output <c>[batch, height, width, channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[batch, height, width, channels]</c>, written.</param>
    public static void BackwardReference(in WindowGeometry g, PoolFunction function, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        double[] sums = new double[dx.Length];
        List<int> window = [];
        for (int n = 0; n < g.Batch; n++)
        {
            for (int i = 0; i < g.OutHeight; i++)
            {
                for (int j = 0; j < g.OutWidth; j++)
                {
                    for (int c = 0; c < g.Channels; c++)
                    {
                        window.Clear();
                        for (int u = 0; u < g.Kernel; u++)
                        {
                            for (int v = 0; v < g.Kernel; v++)
                            {
                                int row = (i * g.Stride) + u - g.Top, column = (j * g.Stride) + v - g.Left;
                                if (row < 0 || row >= g.Height || column < 0 || column >= g.Width) continue;
                                window.Add((((((n * g.Height) + row) * g.Width) + column) * g.Channels) + c);
                            }
                        }

                        double gradient = dy[(((((n * g.OutHeight) + i) * g.OutWidth) + j) * g.Channels) + c];
                        int largest = window[0];
                        foreach (int pixel in window)
                        {
                            if (function == PoolFunction.Average) sums[pixel] += gradient / window.Count;
                            else if (x[pixel] > x[largest]) largest = pixel;
                        }

                        if (function == PoolFunction.Max) sums[largest] += gradient;
                    }
                }
            }
        }

        for (int i = 0; i < dx.Length; i++) dx[i] = (float)sums[i];
    }

    /// <summary>The vector path, for the output rows [<paramref name="firstRow"/>, <paramref name="endRow"/>) of batch times output height.</summary>
    /// <param name="g">The geometry.</param>
    /// <param name="function">What a window gives.</param>
    /// <param name="x">The input <c>[batch, height, width, channels]</c>.</param>
    /// <param name="y">The output <c>[batch, height, width, channels]</c>.</param>
    /// <param name="firstRow">The first output row, counted through the batch.</param>
    /// <param name="endRow">The row after the last.</param>
    [Dispatch]
    public static partial void Run(in WindowGeometry g, PoolFunction function, float* x, float* y, int firstRow, int endRow);

    /// <summary>The vector path of the backward, for one image.</summary>
    /// <param name="g">The geometry; its batch is not read.</param>
    /// <param name="function">What a window gives.</param>
    /// <param name="x">The input <c>[height, width, channels]</c>; not read for averages.</param>
    /// <param name="dy">The gradient of the output <c>[height, width, channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[height, width, channels]</c>, written.</param>
    [Dispatch]
    public static partial void Backward(in WindowGeometry g, PoolFunction function, float* x, float* dy, float* dx);

    [MethodImpl(Compiled.Alone)]
    private static void Run<TSimd, TVector>(in WindowGeometry g, PoolFunction function, float* x, float* y, int firstRow, int endRow)
        where TSimd : struct, ISimd<TVector, float>
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
        where TSimd : struct, ISimd<TVector, float>
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

    [MethodImpl(Compiled.Alone)]
    private static void Backward<TSimd, TVector>(in WindowGeometry g, PoolFunction function, float* x, float* dy, float* dx)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int channels = g.Channels, rowStride = g.Width * channels;
        for (int row = 0; row < g.Height; row++) new Span<float>(dx + ((long)row * rowStride), rowStride).Clear();
        for (int i = 0; i < g.OutHeight; i++)
        {
            int startRow = (i * g.Stride) - g.Top;
            (int firstU, int endU) = g.Inside(startRow, g.Height);
            for (int j = 0; j < g.OutWidth; j++, dy += channels)
            {
                int startColumn = (j * g.Stride) - g.Left;
                (int firstV, int endV) = g.Inside(startColumn, g.Width);
                long first = ((long)(startRow + firstU) * rowStride) + ((startColumn + firstV) * channels);
                int height = endU - firstU, width = endV - firstV;
                int c = 0;
                for (; c <= channels - TSimd.Lanes; c += TSimd.Lanes)
                    Scatter<TSimd, TVector, Whole<TSimd, TVector>>(function, x + first + c, dy + c, height, width, rowStride, channels, dx + first + c, TSimd.Lanes);
                if (c < channels)
                    Scatter<TSimd, TVector, First<TSimd, TVector>>(function, x + first + c, dy + c, height, width, rowStride, channels, dx + first + c, channels - c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scatter<TSimd, TVector, TAccess>(
        PoolFunction function, float* window, float* gradient, int height, int width, int rowStride, int channels, float* target, int lanes)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TAccess : struct, IAccess<TVector>
    {
        TVector given = TAccess.Load(gradient, lanes);
        if (function == PoolFunction.Average)
        {
            given = TSimd.Divide(given, TSimd.Broadcast(height * width));
            for (int u = 0; u < height; u++)
            {
                for (int v = 0; v < width; v++)
                {
                    float* pixel = target + (u * rowStride) + (v * channels);
                    TAccess.Store(TSimd.Add(TAccess.Load(pixel, lanes), given), pixel, lanes);
                }
            }

            return;
        }

        TVector largest = TSimd.Broadcast(float.NegativeInfinity);
        for (int u = 0; u < height; u++)
            for (int v = 0; v < width; v++) largest = TSimd.Max(largest, TAccess.Load(window + (u * rowStride) + (v * channels), lanes));

        // What the first of the largest takes is no longer there for the next.
        for (int u = 0; u < height; u++)
        {
            for (int v = 0; v < width; v++)
            {
                int offset = (u * rowStride) + (v * channels);
                TVector value = TAccess.Load(window + offset, lanes);
                TVector taken = TSimd.SelectGreater(largest, value, TSimd.Zero, given);
                given = TSimd.SelectGreater(largest, value, given, TSimd.Zero);
                TAccess.Store(TSimd.Add(TAccess.Load(target + offset, lanes), taken), target + offset, lanes);
            }
        }
    }
}
