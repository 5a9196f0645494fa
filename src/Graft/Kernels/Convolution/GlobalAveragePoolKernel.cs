using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>The mean over the pixels of an image: y[n, c] = sum over p of x[n, p, c] / pixels; backward dx[n, p, c] = dy[n, c] / pixels.</summary>
internal static unsafe partial class GlobalAveragePoolKernel
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
        {
            for (int c = 0; c < channels; c++)
            {
                double sum = 0;
                for (int p = 0; p < pixels; p++) sum += x[(((n * pixels) + p) * channels) + c];
                y[(n * channels) + c] = (float)(sum / pixels);
            }
        }
    }

    /// <summary>The formula of the backward.</summary>
    /// <param name="batch">The number of images.</param>
    /// <param name="pixels">Height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="dy">The gradient of the output <c>[batch, channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[batch, pixels, channels]</c>, written.</param>
    public static void BackwardReference(int batch, int pixels, int channels, ReadOnlySpan<float> dy, Span<float> dx)
    {
        for (int n = 0; n < batch; n++)
        {
            for (int p = 0; p < pixels; p++)
            {
                for (int c = 0; c < channels; c++) dx[(((n * pixels) + p) * channels) + c] = (float)((double)dy[(n * channels) + c] / pixels);
            }
        }
    }

    /// <summary>The vector path, for one image. Sums of 64 pixels are added up, which keeps the rounding of large images small.</summary>
    /// <param name="pixels">Height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="x">The input <c>[pixels, channels]</c>.</param>
    /// <param name="y">The output <c>[channels]</c>.</param>
    [Dispatch]
    public static partial void Run(int pixels, int channels, float* x, float* y);

    /// <summary>The backward for one image: every pixel's gradient is the same.</summary>
    /// <param name="pixels">Height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="dy">The gradient of the output <c>[channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[pixels, channels]</c>, written.</param>
    public static void Backward(int pixels, int channels, float* dy, float* dx)
    {
        for (int c = 0; c < channels; c++) dx[c] = dy[c] / pixels;
        ReadOnlySpan<float> first = new(dx, channels);
        for (int p = 1; p < pixels; p++) first.CopyTo(new Span<float>(dx + ((long)p * channels), channels));
    }

    [MethodImpl(Compiled.Alone)]
    private static void Run<TSimd, TVector>(int pixels, int channels, float* x, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int c = 0;
        for (; c <= channels - TSimd.Lanes; c += TSimd.Lanes) Column<TSimd, TVector, Whole<TSimd, TVector>>(pixels, channels, x + c, y + c, TSimd.Lanes);
        if (c < channels) Column<TSimd, TVector, First<TSimd, TVector>>(pixels, channels, x + c, y + c, channels - c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Column<TSimd, TVector, TAccess>(int pixels, int channels, float* x, float* y, int lanes)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TAccess : struct, IAccess<TVector>
    {
        const int Block = 64;
        TVector total = TSimd.Zero;
        for (int first = 0; first < pixels; first += Block)
        {
            TVector sum = TSimd.Zero;
            for (int p = Math.Min(Block, pixels - first); p > 0; p--, x += channels) sum = TSimd.Add(sum, TAccess.Load(x, lanes));
            total = TSimd.Add(total, sum);
        }

        TAccess.Store(TSimd.Divide(total, TSimd.Broadcast(pixels)), y, lanes);
    }
}
