using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels;

/// <summary>A normalization with its activation, as a training plan applies it where a value is read: y[r, c] = clamp(scale[c] x[r, c] + shift[c]).</summary>
internal static unsafe class NormalizeKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(int rows, int channels, Rows x, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, Clamp clamp, Rows y)
    {
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < channels; c++)
                y.Column(c)[r * y.RowStride] = Math.Min(clamp.High, Math.Max(clamp.Low, (scale[c] * x.Column(c)[r * x.RowStride]) + shift[c]));
    }

    /// <summary>The vector path.</summary>
    public static void Run(int rows, int channels, Rows x, float* scale, float* shift, Clamp clamp, Rows y)
    {
        int c = 0;
        if (Vector512.IsHardwareAccelerated) c = Columns<Simd512, Vector512<float>>(c, rows, channels, x, scale, shift, clamp, y);
        if (Vector256.IsHardwareAccelerated) c = Columns<Simd256, Vector256<float>>(c, rows, channels, x, scale, shift, clamp, y);
        c = Columns<Simd128, Vector128<float>>(c, rows, channels, x, scale, shift, clamp, y);
        Columns<Simd1, float>(c, rows, channels, x, scale, shift, clamp, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Columns<TSimd, TVector>(int c, int rows, int channels, Rows x, float* scale, float* shift, Clamp clamp, Rows y)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector low = TSimd.Broadcast(clamp.Low), high = TSimd.Broadcast(clamp.High);
        nint from = x.RowStride, to = y.RowStride;
        for (; c + (2 * TSimd.Lanes) <= channels; c += 2 * TSimd.Lanes)
        {
            TVector a0 = TSimd.Load(scale + c), b0 = TSimd.Load(shift + c), a1 = TSimd.Load(scale + c + TSimd.Lanes), b1 = TSimd.Load(shift + c + TSimd.Lanes);
            float* source0 = x.Column(c), target0 = y.Column(c), source1 = x.Column(c + TSimd.Lanes), target1 = y.Column(c + TSimd.Lanes);
            for (int r = 0; r < rows; r++, source0 += from, target0 += to, source1 += from, target1 += to)
            {
                TSimd.Store(TSimd.Min(high, TSimd.Max(low, TSimd.MultiplyAdd(TSimd.Load(source0), a0, b0))), target0);
                TSimd.Store(TSimd.Min(high, TSimd.Max(low, TSimd.MultiplyAdd(TSimd.Load(source1), a1, b1))), target1);
            }
        }

        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
        {
            TVector a = TSimd.Load(scale + c), b = TSimd.Load(shift + c);
            float* source = x.Column(c), target = y.Column(c);
            for (int r = 0; r < rows; r++, source += from, target += to)
                TSimd.Store(TSimd.Min(high, TSimd.Max(low, TSimd.MultiplyAdd(TSimd.Load(source), a, b))), target);
        }

        return c;
    }
}
