using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>A normalization with its activation, as a training plan applies it where a value is read: y[r, c] = clamp(scale[c] x[r, c] + shift[c]).</summary>
internal static unsafe partial class NormalizeKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(int rows, int channels, StridedRows x, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, Clamp clamp, StridedRows y)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < channels; c++)
                y.Column(c)[r * y.RowStride] = Math.Min(clamp.High, Math.Max(clamp.Low, (scale[c] * x.Column(c)[r * x.RowStride]) + shift[c]));
        }
    }

    /// <summary>The vector path.</summary>
    public static void Run(int rows, int channels, StoredRows x, float* scale, float* shift, Clamp clamp, StridedRows y)
    {
        if (x.Type == ElementType.BFloat16) Run<BFloat16>(rows, channels, x, scale, shift, clamp, y);
        else Run<float>(rows, channels, x, scale, shift, clamp, y);
    }

    [Dispatch]
    private static partial void Run<TStored>(int rows, int channels, StoredRows x, float* scale, float* shift, Clamp clamp, StridedRows y)
        where TStored : unmanaged;

    // Row after row, as memory lies: the hardware then sees one stream.
    [MethodImpl(Compiled.Alone)]
    private static int Run<TSimd, TVector, TStored>(int c, int rows, int channels, StoredRows x, float* scale, float* shift, Clamp clamp, StridedRows y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TStored : unmanaged
    {
        int end = c + ((channels - c) / TSimd.Lanes * TSimd.Lanes);
        if (end == c) return c;
        TVector low = TSimd.Broadcast(clamp.Low), high = TSimd.Broadcast(clamp.High);
        nint to = TSimd.Lanes == SimdWidth.Lanes ? y.PlaneStride : TSimd.Lanes;
        TStored* source = x.Column<TStored>(c);
        float* target = y.Column(c);
        for (int r = 0; r < rows; r++, source += x.RowStride, target += y.RowStride)
        {
            TStored* s = source;
            float* t = target;
            for (nint i = c; i < end; i += TSimd.Lanes, s += TSimd.Lanes, t += to)
                TSimd.Store(TSimd.Min(high, TSimd.Max(low, TSimd.MultiplyAdd(TSimd.LoadWidened(s), TSimd.Load(scale + i), TSimd.Load(shift + i)))), t);
        }

        return end;
    }
}
