using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels;

/// <summary>
/// The backward of a normalization, as a training plan applies it where the gradient is read: dx[r, c] = k1[c] g[r, c] + k2[c] x[r, c] + k3[c], g the gradient behind the
/// normalization. Batch norm's whole backward has this form once the sums of g and g x are known; with running statistics k2 and k3 are 0.
/// </summary>
internal static unsafe class NormGradientKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(int rows, int channels, Rows g, Rows x, ReadOnlySpan<float> k1, ReadOnlySpan<float> k2, ReadOnlySpan<float> k3, Rows dx)
    {
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < channels; c++)
                dx.Column(c)[r * dx.RowStride] = (k1[c] * g.Column(c)[r * g.RowStride]) + (k2[c] * x.Column(c)[r * x.RowStride]) + k3[c];
    }

    /// <summary>The vector path.</summary>
    public static void Run(int rows, int channels, Rows g, Rows x, float* k1, float* k2, float* k3, Rows dx)
    {
        int c = 0;
        if (Vector512.IsHardwareAccelerated) c = Columns<Simd512, Vector512<float>>(c, rows, channels, g, x, k1, k2, k3, dx);
        if (Vector256.IsHardwareAccelerated) c = Columns<Simd256, Vector256<float>>(c, rows, channels, g, x, k1, k2, k3, dx);
        c = Columns<Simd128, Vector128<float>>(c, rows, channels, g, x, k1, k2, k3, dx);
        Columns<Simd1, float>(c, rows, channels, g, x, k1, k2, k3, dx);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Columns<TSimd, TVector>(int c, int rows, int channels, Rows g, Rows x, float* k1, float* k2, float* k3, Rows dx)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        nint gs = g.RowStride, xs = x.RowStride, ds = dx.RowStride;
        for (; c + (2 * TSimd.Lanes) <= channels; c += 2 * TSimd.Lanes)
        {
            TVector a0 = TSimd.Load(k1 + c), b0 = TSimd.Load(k2 + c), d0 = TSimd.Load(k3 + c);
            TVector a1 = TSimd.Load(k1 + c + TSimd.Lanes), b1 = TSimd.Load(k2 + c + TSimd.Lanes), d1 = TSimd.Load(k3 + c + TSimd.Lanes);
            float* g0 = g.Column(c), x0 = x.Column(c), t0 = dx.Column(c), g1 = g.Column(c + TSimd.Lanes), x1 = x.Column(c + TSimd.Lanes), t1 = dx.Column(c + TSimd.Lanes);
            for (int r = 0; r < rows; r++, g0 += gs, x0 += xs, t0 += ds, g1 += gs, x1 += xs, t1 += ds)
            {
                TSimd.Store(TSimd.MultiplyAdd(TSimd.Load(g0), a0, TSimd.MultiplyAdd(TSimd.Load(x0), b0, d0)), t0);
                TSimd.Store(TSimd.MultiplyAdd(TSimd.Load(g1), a1, TSimd.MultiplyAdd(TSimd.Load(x1), b1, d1)), t1);
            }
        }

        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
        {
            TVector a = TSimd.Load(k1 + c), b = TSimd.Load(k2 + c), d = TSimd.Load(k3 + c);
            float* from = g.Column(c), value = x.Column(c), target = dx.Column(c);
            for (int r = 0; r < rows; r++, from += gs, value += xs, target += ds)
                TSimd.Store(TSimd.MultiplyAdd(TSimd.Load(from), a, TSimd.MultiplyAdd(TSimd.Load(value), b, d)), target);
        }

        return c;
    }
}
