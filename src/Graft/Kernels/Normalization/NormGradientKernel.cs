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

    /// <summary>The vector path; g and x are of one type.</summary>
    public static void Run(int rows, int channels, StoredRows g, StoredRows x, float* k1, float* k2, float* k3, StridedRows dx)
    {
        if (g.Type == ElementType.BFloat16) Run<BFloat16>(rows, channels, g, x, k1, k2, k3, dx);
        else Run<float>(rows, channels, g, x, k1, k2, k3, dx);
    }

    [Dispatch]
    private static partial void Run<TStored>(int rows, int channels, StoredRows g, StoredRows x, float* k1, float* k2, float* k3, StridedRows dx)
        where TStored : unmanaged;

    // Row after row, as memory lies: the hardware then sees two streams.
    [MethodImpl(Compiled.Alone)]
    private static int Run<TSimd, TVector, TStored>(int c, int rows, int channels, StoredRows g, StoredRows x, float* k1, float* k2, float* k3, StridedRows dx)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TStored : unmanaged
    {
        int end = c + ((channels - c) / TSimd.Lanes * TSimd.Lanes);
        if (end == c) return c;
        nint ds = TSimd.Lanes == SimdWidth.Lanes ? dx.PlaneStride : TSimd.Lanes;
        TStored* gradient = g.Column<TStored>(c), value = x.Column<TStored>(c);
        float* target = dx.Column(c);
        for (int r = 0; r < rows; r++, gradient += g.RowStride, value += x.RowStride, target += dx.RowStride)
        {
            TStored* from = gradient, at = value;
            float* to = target;
            for (nint i = c; i < end; i += TSimd.Lanes, from += TSimd.Lanes, at += TSimd.Lanes, to += ds)
                TSimd.Store(TSimd.MultiplyAdd(TSimd.LoadWidened(from), TSimd.Load(k1 + i), TSimd.MultiplyAdd(TSimd.LoadWidened(at), TSimd.Load(k2 + i), TSimd.Load(k3 + i))), to);
        }

        return end;
    }
}
