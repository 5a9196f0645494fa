using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>What becomes of exact sums that do not go straight to bytes.</summary>
internal static unsafe partial class ByteSumKernel
{
    /// <summary>Numbers: y[r, n] = multiplier[n] sum[r, n].</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="sums">The sums.</param>
    /// <param name="sumStride">From one row of sums to the next.</param>
    /// <param name="multipliers">The multipliers.</param>
    /// <param name="y">The numbers.</param>
    /// <param name="stride">From one row of numbers to the next.</param>
    [Dispatch]
    public static partial void ToFloat(int rows, int channels, int* sums, nint sumStride, float* multipliers, float* y, nint stride);

    /// <summary>Bytes with a second value added: y[r, n] = byte(of steps(sum[r, n]) + steps of x[r, n]).</summary>
    [Dispatch]
    public static partial void Add(int rows, int channels, int* sums, nint sumStride, float* multipliers, in ByteSum call, byte* x, byte* y, nint stride);

    [MethodImpl(Compiled.Alone)]
    private static int ToFloat<TSimd, TVector>(int c, int rows, int channels, int* sums, nint sumStride, float* multipliers, float* y, nint stride)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
        {
            TVector multiplier = TSimd.Load(multipliers + c);
            for (int r = 0; r < rows; r++) TSimd.Store(TSimd.Multiply(TSimd.LoadWidened(sums + (r * sumStride) + c), multiplier), y + (r * stride) + c);
        }

        return c;
    }

    [MethodImpl(Compiled.Alone)]
    private static int Add<TSimd, TVector>(int c, int rows, int channels, int* sums, nint sumStride, float* multipliers, in ByteSum call, byte* x, byte* y, nint stride)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        ByteSum sum = call;
        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
        {
            TVector multiplier = TSimd.Load(multipliers + c);
            for (int r = 0; r < rows; r++)
            {
                TVector first = Rounding<TSimd, TVector>.Round(TSimd.Multiply(TSimd.LoadWidened(sums + (r * sumStride) + c), multiplier), sum.First.Zero, 0, ByteGrid.Most);
                TSimd.StoreRounded(sum.Of<TSimd, TVector>(first, TSimd.LoadWidened(x + (r * stride) + c)), y + (r * stride) + c);
            }
        }

        return c;
    }
}
