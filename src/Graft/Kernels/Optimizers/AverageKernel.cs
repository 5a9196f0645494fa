using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Optimizers;

/// <summary>A step of an exponential moving average, y = y + part (x - y): a number that stays the same keeps its average bit for bit.</summary>
internal static unsafe partial class AverageKernel
{
    /// <summary>The formula, in float64.</summary>
    public static void Reference(float part, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = (float)(y[i] + (part * ((double)x[i] - y[i])));
    }

    /// <summary>The vector path.</summary>
    /// <param name="count">The number of elements.</param>
    /// <param name="part">How much of the way to the new value is gone.</param>
    /// <param name="x">The new value.</param>
    /// <param name="y">The average.</param>
    [Dispatch]
    public static partial void Run(int count, float part, float* x, float* y);

    [MethodImpl(Compiled.Alone)]
    private static void Run<TSimd, TVector>(int count, float part, float* x, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector factor = TSimd.Broadcast(part);
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes) At<TVector, Whole<TSimd, TVector>, TSimd>(x + i, y + i, TSimd.Lanes, factor);
        if (i < count) At<TVector, First<TSimd, TVector>, TSimd>(x + i, y + i, count - i, factor);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void At<TVector, TAccess, TSimd>(float* x, float* y, int count, TVector part)
        where TVector : struct
        where TAccess : struct, IAccess<TVector>
        where TSimd : struct, ISimd<TVector, float>
    {
        TVector old = TAccess.Load(y, count);
        TAccess.Store(TSimd.MultiplyAdd(part, TSimd.Subtract(TAccess.Load(x, count), old), old), y, count);
    }
}
