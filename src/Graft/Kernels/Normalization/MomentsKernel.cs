using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>
/// The sums that batch statistics are made of, about a pivot near the mean so that nothing cancels: first[c] += sum over r of x[r, c] - pivot[c], and
/// second[c] += sum over r of (x[r, c] - pivot[c])^2. A block of rows is summed in float32, blocks in float64.
/// </summary>
internal static unsafe partial class MomentsKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(int rows, int channels, StridedRows x, ReadOnlySpan<float> pivot, Span<double> first, Span<double> second)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < channels; c++)
            {
                double value = (double)x.Column(c)[r * x.RowStride] - pivot[c];
                first[c] += value;
                second[c] += value * value;
            }
        }
    }

    /// <summary>The vector path.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="x">The values.</param>
    /// <param name="pivot">What the sums are about, for each channel.</param>
    /// <param name="first">The sum of each channel.</param>
    /// <param name="second">The sum of squares of each channel.</param>
    public static void Run(int rows, int channels, StridedRows x, float* pivot, double* first, double* second) => Run<No, float, No>(rows, channels, x, pivot, first, second, default);

    /// <summary>The same, and puts the rows where they are kept.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="x">The values.</param>
    /// <param name="pivot">What the sums are about, for each channel.</param>
    /// <param name="first">The sum of each channel.</param>
    /// <param name="second">The sum of squares of each channel.</param>
    /// <param name="target">Where they are kept.</param>
    /// <param name="isAround">Whether past the caches: the rows are then whole vectors at multiples of their size.</param>
    public static void RunAndStore(int rows, int channels, StridedRows x, float* pivot, double* first, double* second, StoredRows target, bool isAround)
    {
        if (target.Type == ElementType.BFloat16) RunAndStore<BFloat16>(rows, channels, x, pivot, first, second, target, isAround);
        else RunAndStore<float>(rows, channels, x, pivot, first, second, target, isAround);
    }

    private static void RunAndStore<TStored>(int rows, int channels, StridedRows x, float* pivot, double* first, double* second, StoredRows target, bool isAround)
        where TStored : unmanaged
    {
        if (!isAround)
        {
            Run<Yes, TStored, No>(rows, channels, x, pivot, first, second, target);
            return;
        }

        Run<Yes, TStored, Yes>(rows, channels, x, pivot, first, second, target);
        NonTemporal.Fence();
    }

    [Dispatch]
    private static partial void Run<TStore, TStored, TAround>(int rows, int channels, StridedRows x, float* pivot, double* first, double* second, StoredRows target)
        where TStore : struct, IFlag
        where TStored : unmanaged
        where TAround : struct, IFlag;

    [MethodImpl(Compiled.Alone)]
    private static int Run<TSimd, TVector, TStore, TStored, TAround>(int c, int rows, int channels, StridedRows x, float* pivot, double* first, double* second, StoredRows target)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TStore : struct, IFlag
        where TStored : unmanaged
        where TAround : struct, IFlag
    {
        nint step = x.RowStride;
        for (; c + (2 * TSimd.Lanes) <= channels; c += 2 * TSimd.Lanes)
        {
            TVector p0 = TSimd.Load(pivot + c), p1 = TSimd.Load(pivot + c + TSimd.Lanes), s0 = TSimd.Zero, s1 = s0, q0 = s0, q1 = s0;
            float* x0 = x.Column(c), x1 = x.Column(c + TSimd.Lanes);
            TStored* to = target.Column<TStored>(c);
            for (int r = 0; r < rows; r++, x0 += step, x1 += step)
            {
                TVector v0 = TSimd.Load(x0), v1 = TSimd.Load(x1), d0 = TSimd.Subtract(v0, p0), d1 = TSimd.Subtract(v1, p1);
                s0 = TSimd.Add(s0, d0);
                s1 = TSimd.Add(s1, d1);
                q0 = TSimd.MultiplyAdd(d0, d0, q0);
                q1 = TSimd.MultiplyAdd(d1, d1, q1);
                if (!TStore.IsSet) continue;
                if (TAround.IsSet)
                {
                    TSimd.StoreRoundedNonTemporal(v0, to);
                    TSimd.StoreRoundedNonTemporal(v1, to + TSimd.Lanes);
                }
                else
                {
                    TSimd.StoreRounded(v0, to);
                    TSimd.StoreRounded(v1, to + TSimd.Lanes);
                }

                to += target.RowStride;
            }

            TSimd.AddTo(s0, first + c);
            TSimd.AddTo(q0, second + c);
            TSimd.AddTo(s1, first + c + TSimd.Lanes);
            TSimd.AddTo(q1, second + c + TSimd.Lanes);
        }

        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
        {
            TVector p = TSimd.Load(pivot + c), s = TSimd.Zero, q = s;
            float* source = x.Column(c);
            TStored* to = target.Column<TStored>(c);
            for (int r = 0; r < rows; r++, source += step)
            {
                TVector v = TSimd.Load(source), d = TSimd.Subtract(v, p);
                s = TSimd.Add(s, d);
                q = TSimd.MultiplyAdd(d, d, q);
                if (!TStore.IsSet) continue;
                if (TAround.IsSet) TSimd.StoreRoundedNonTemporal(v, to);
                else TSimd.StoreRounded(v, to);
                to += target.RowStride;
            }

            TSimd.AddTo(s, first + c);
            TSimd.AddTo(q, second + c);
        }

        return c;
    }
}
