using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>Replaces numbers by the nearest of a <see cref="ByteGrid"/>: y = scale round(clamp(x) / scale), halves to even, where the bounds are the grid's ends or closer.</summary>
internal static unsafe partial class FakeQuantizeKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(ByteGrid grid, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = grid.Nearest(x[i]);
    }

    /// <summary>The slope, taken as 1 where rounding alone changes a number and 0 where it is cut off: the straight-through estimate (Bengio et al. 2013, arXiv:1308.3432).</summary>
    public static void BackwardReference(ByteGrid grid, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        for (int i = 0; i < x.Length; i++) dx[i] = x[i] > grid.Range.Low && x[i] < grid.Range.High ? dy[i] : 0;
    }

    /// <summary>The vector path.</summary>
    /// <param name="count">The number of elements.</param>
    /// <param name="bounds">What is below or above them is cut off.</param>
    /// <param name="scale">The grid's.</param>
    /// <param name="x">The input.</param>
    /// <param name="y">The output; it may be <paramref name="x"/>.</param>
    [Dispatch]
    public static partial void Run(int count, Clamp bounds, float scale, float* x, float* y);

    /// <summary>The vector path over rows, in place.</summary>
    [Dispatch]
    public static partial void InPlace(int rows, int channels, Clamp bounds, float scale, StridedRows values);

    [MethodImpl(Compiled.Alone)]
    private static void Run<TSimd, TVector>(int count, Clamp bounds, float scale, float* x, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes) TSimd.Store(Nearest<TSimd, TVector>(bounds, scale, TSimd.Load(x + i)), y + i);
        if (i < count) Partial<TSimd, TVector>.Store(Nearest<TSimd, TVector>(bounds, scale, Partial<TSimd, TVector>.Load(x + i, count - i)), y + i, count - i);
    }

    [MethodImpl(Compiled.Alone)]
    private static void InPlace<TSimd, TVector>(int rows, int channels, Clamp bounds, float scale, StridedRows values)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        float* row = values.Start;
        for (int r = 0; r < rows; r++, row += values.RowStride)
        {
            float* at = row;
            int c = 0;
            for (; c <= channels - TSimd.Lanes; c += TSimd.Lanes, at += values.PlaneStride) TSimd.Store(Nearest<TSimd, TVector>(bounds, scale, TSimd.Load(at)), at);
            if (c < channels) Partial<TSimd, TVector>.Store(Nearest<TSimd, TVector>(bounds, scale, Partial<TSimd, TVector>.Load(at, channels - c)), at, channels - c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Nearest<TSimd, TVector>(Clamp bounds, float scale, TVector x)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector step = TSimd.Broadcast(scale);
        TVector q = TSimd.Divide(TSimd.Min(TSimd.Broadcast(bounds.High), TSimd.Max(TSimd.Broadcast(bounds.Low), x)), step);
        return TSimd.Multiply(Rounding<TSimd, TVector>.Whole(q), step);
    }
}
