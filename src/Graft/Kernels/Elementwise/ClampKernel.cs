using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Elementwise;

/// <summary>Rows copied through a clamp: y[r, c] = min(max(x[r, c], low), high).</summary>
internal static unsafe partial class ClampKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(int rows, int channels, StridedRows x, Clamp clamp, StridedRows y)
    {
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < channels; c++) y.Column(c)[r * y.RowStride] = Math.Min(clamp.High, Math.Max(clamp.Low, x.Column(c)[r * x.RowStride]));
    }

    /// <summary>The vector path.</summary>
    public static void Run(int rows, int channels, StoredRows x, Clamp clamp, StridedRows y)
    {
        if (x.Type == ElementType.BFloat16) Run<BFloat16>(rows, channels, x, clamp, y);
        else Run<float>(rows, channels, x, clamp, y);
    }

    [Dispatch]
    private static partial void Run<TStored>(int rows, int channels, StoredRows x, Clamp clamp, StridedRows y)
        where TStored : unmanaged;

    // The bounds come first: what is not a number then stays so.
    [MethodImpl(Compiled.Alone)]
    private static int Run<TSimd, TVector, TStored>(int c, int rows, int channels, StoredRows x, Clamp clamp, StridedRows y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TStored : unmanaged
    {
        TVector low = TSimd.Broadcast(clamp.Low), high = TSimd.Broadcast(clamp.High);
        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
        {
            TStored* source = x.Column<TStored>(c);
            float* target = y.Column(c);
            for (int r = 0; r < rows; r++, source += x.RowStride, target += y.RowStride) TSimd.Store(TSimd.Min(high, TSimd.Max(low, TSimd.LoadWidened(source))), target);
        }

        return c;
    }
}
