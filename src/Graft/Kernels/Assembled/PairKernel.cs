using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Assembled;

/// <summary>Lays numbers out as <see cref="AssembledTiles"/> take them: rounded to bfloat16, in pairs of what a product sums up over.</summary>
internal static unsafe partial class PairKernel
{
    /// <summary>Pairs of rows: y[r / 2, c] = (x[r, c], x[r + 1, c]); behind an odd number of rows there is one of zeros. The formula.</summary>
    public static void Reference(int rows, int channels, float* x, nint xStride, uint* y, nint yStride)
    {
        for (int r = 0; r < rows; r += 2)
        {
            for (int c = 0; c < channels; c++)
                y[(r / 2 * yStride) + c] = BFloat16.Of(x[(r * xStride) + c]).Bits | (r + 1 < rows ? (uint)BFloat16.Of(x[((r + 1) * xStride) + c]).Bits << 16 : 0);
        }
    }

    /// <summary>The vector path.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="x">The rows.</param>
    /// <param name="xStride">From one row to the next.</param>
    /// <param name="y">The pairs.</param>
    /// <param name="yStride">From the pairs of two rows to those of the next two.</param>
    [Dispatch]
    public static partial void Run(int rows, int channels, float* x, nint xStride, uint* y, nint yStride);

    [MethodImpl(Compiled.Alone)]
    private static int Run<TSimd, TVector>(int c, int rows, int channels, float* x, nint xStride, uint* y, nint yStride)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int end = c + ((channels - c) / TSimd.Lanes * TSimd.Lanes);
        if (end == c) return c;
        for (; rows > 1; rows -= 2, x += 2 * xStride, y += yStride)
            for (int i = c; i < end; i += TSimd.Lanes) TSimd.StorePairs(TSimd.Load(x + i), TSimd.Load(x + xStride + i), y + i);
        if (rows == 0) return end;
        for (int i = c; i < end; i += TSimd.Lanes) TSimd.StorePairs(TSimd.Load(x + i), TSimd.Zero, y + i);
        return end;
    }
}
