using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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

    /// <summary>The scale and shift of each channel, computed in float64.</summary>
    public static void Fold(
        float epsilon, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, Span<float> scale, Span<float> shift)
    {
        for (int c = 0; c < scale.Length; c++)
        {
            double s = weight[c] / Math.Sqrt((double)variance[c] + epsilon);
            (scale[c], shift[c]) = ((float)s, (float)(bias[c] - (mean[c] * s)));
        }
    }

    /// <summary>The vector path.</summary>
    /// <param name="pixels">The product of all extents but the last.</param>
    /// <param name="channels">The last extent.</param>
    /// <param name="scale">The scale <c>[channels]</c>, from <see cref="Fold"/>.</param>
    /// <param name="shift">The shift <c>[channels]</c>.</param>
    /// <param name="x">The input <c>[pixels, channels]</c>.</param>
    /// <param name="y">The output <c>[pixels, channels]</c>; it may be <paramref name="x"/>.</param>
    public static void Run(int pixels, int channels, float* scale, float* shift, float* x, float* y)
    {
        if (Vector512.IsHardwareAccelerated) Run<Simd512, Vector512<float>>(pixels, channels, scale, shift, x, y);
        else if (Vector256.IsHardwareAccelerated) Run<Simd256, Vector256<float>>(pixels, channels, scale, shift, x, y);
        else Run<Simd128, Vector128<float>>(pixels, channels, scale, shift, x, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector>(int pixels, int channels, float* scale, float* shift, float* x, float* y)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        for (int p = 0; p < pixels; p++, x += channels, y += channels)
        {
            int c = 0;
            for (; c <= channels - TSimd.Lanes; c += TSimd.Lanes)
                TSimd.Store(TSimd.MultiplyAdd(TSimd.Load(x + c), TSimd.Load(scale + c), TSimd.Load(shift + c)), y + c);
            if (c == channels) continue;
            int rest = channels - c;
            TVector last = TSimd.MultiplyAdd(Partial<TSimd, TVector>.Load(x + c, rest), Partial<TSimd, TVector>.Load(scale + c, rest), Partial<TSimd, TVector>.Load(shift + c, rest));
            Partial<TSimd, TVector>.Store(last, y + c, rest);
        }
    }
}
