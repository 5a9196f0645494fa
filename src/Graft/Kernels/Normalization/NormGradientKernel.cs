using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>
/// The backward of a normalization, as a training plan applies it where the gradient is read: dx[r, c] = k1[c] g[r, c] + k2[c] x[r, c] + k3[c], g the gradient
/// behind the
/// normalization. Batch norm's whole backward has this form once the sums of g and g x are known; with running statistics k2 and k3 are 0.
/// </summary>
internal static unsafe partial class NormGradientKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(int rows, int channels, StridedRows g, StridedRows x, ReadOnlySpan<float> k1, ReadOnlySpan<float> k2, ReadOnlySpan<float> k3, StridedRows dx)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < channels; c++)
                dx.Column(c)[r * dx.RowStride] = (k1[c] * g.Column(c)[r * g.RowStride]) + (k2[c] * x.Column(c)[r * x.RowStride]) + k3[c];
        }
    }

    /// <summary>The vector path.</summary>
    [Dispatch]
    public static partial void Run(int rows, int channels, StridedRows g, StridedRows x, float* k1, float* k2, float* k3, StridedRows dx);

    // Row after row, as memory lies: the hardware then sees two streams.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Run<TSimd, TVector>(int c, int rows, int channels, StridedRows g, StridedRows x, float* k1, float* k2, float* k3, StridedRows dx)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int end = c + ((channels - c) / TSimd.Lanes * TSimd.Lanes);
        if (end == c) return c;
        bool isWhole = TSimd.Lanes == SimdWidth.Lanes;
        nint gs = isWhole ? g.PlaneStride : TSimd.Lanes, xs = isWhole ? x.PlaneStride : TSimd.Lanes, ds = isWhole ? dx.PlaneStride : TSimd.Lanes;
        float* gradient = g.Column(c), value = x.Column(c), target = dx.Column(c);
        for (int r = 0; r < rows; r++, gradient += g.RowStride, value += x.RowStride, target += dx.RowStride)
        {
            float* from = gradient, at = value, to = target;
            for (nint i = c; i < end; i += TSimd.Lanes, from += gs, at += xs, to += ds)
                TSimd.Store(TSimd.MultiplyAdd(TSimd.Load(from), TSimd.Load(k1 + i), TSimd.MultiplyAdd(TSimd.Load(at), TSimd.Load(k2 + i), TSimd.Load(k3 + i))), to);
        }

        return end;
    }
}
