using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Elementwise;

/// <summary>Puts rows where a plan keeps them, each number rounded to what is kept: y[r, c] = x[r, c].</summary>
internal static unsafe partial class StoreKernel
{
    /// <summary>The vector path.</summary>
    public static void Run(int rows, int channels, StridedRows x, StoredRows y)
    {
        if (y.Type == ElementType.BFloat16) Run<BFloat16>(rows, channels, x, y);
        else Run<float>(rows, channels, x, y);
    }

    [Dispatch]
    private static partial void Run<TStored>(int rows, int channels, StridedRows x, StoredRows y)
        where TStored : unmanaged;

    [MethodImpl(Compiled.Alone)]
    private static int Run<TSimd, TVector, TStored>(int c, int rows, int channels, StridedRows x, StoredRows y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TStored : unmanaged
    {
        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
        {
            float* source = x.Column(c);
            TStored* target = y.Column<TStored>(c);
            for (int r = 0; r < rows; r++, source += x.RowStride, target += y.RowStride) TSimd.StoreRounded(TSimd.Load(source), target);
        }

        return c;
    }
}
