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
    public static void Run(int rows, int channels, StridedRows x, float* pivot, double* first, double* second) => Run<No>(rows, channels, x, pivot, first, second, null);

    /// <summary>
    /// The same, and puts the rows where they are kept, past the caches: one behind the other, each a whole number of vectors, at a multiple of 64.
    /// </summary>
    public static void RunAndStore(int rows, int channels, StridedRows x, float* pivot, double* first, double* second, float* target)
    {
        Run<Yes>(rows, channels, x, pivot, first, second, target);
        NonTemporal.Fence();
    }

    [Dispatch]
    private static partial void Run<TStore>(int rows, int channels, StridedRows x, float* pivot, double* first, double* second, float* target)
        where TStore : struct, IFlag;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Run<TSimd, TVector, TStore>(int c, int rows, int channels, StridedRows x, float* pivot, double* first, double* second, float* target)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TStore : struct, IFlag
    {
        nint step = x.RowStride;
        for (; c + (2 * TSimd.Lanes) <= channels; c += 2 * TSimd.Lanes)
        {
            TVector p0 = TSimd.Load(pivot + c), p1 = TSimd.Load(pivot + c + TSimd.Lanes), s0 = TSimd.Zero, s1 = s0, q0 = s0, q1 = s0;
            float* x0 = x.Column(c), x1 = x.Column(c + TSimd.Lanes), to = target + c;
            for (int r = 0; r < rows; r++, x0 += step, x1 += step)
            {
                TVector v0 = TSimd.Load(x0), v1 = TSimd.Load(x1), d0 = TSimd.Subtract(v0, p0), d1 = TSimd.Subtract(v1, p1);
                s0 = TSimd.Add(s0, d0);
                s1 = TSimd.Add(s1, d1);
                q0 = TSimd.MultiplyAdd(d0, d0, q0);
                q1 = TSimd.MultiplyAdd(d1, d1, q1);
                if (!TStore.IsSet) continue;
                TSimd.StoreNonTemporal(v0, to);
                TSimd.StoreNonTemporal(v1, to + TSimd.Lanes);
                to += channels;
            }

            TSimd.AddTo(s0, first + c);
            TSimd.AddTo(q0, second + c);
            TSimd.AddTo(s1, first + c + TSimd.Lanes);
            TSimd.AddTo(q1, second + c + TSimd.Lanes);
        }

        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
        {
            TVector p = TSimd.Load(pivot + c), s = TSimd.Zero, q = s;
            float* source = x.Column(c), to = target + c;
            for (int r = 0; r < rows; r++, source += step)
            {
                TVector v = TSimd.Load(source), d = TSimd.Subtract(v, p);
                s = TSimd.Add(s, d);
                q = TSimd.MultiplyAdd(d, d, q);
                if (!TStore.IsSet) continue;
                TSimd.StoreNonTemporal(v, to);
                to += channels;
            }

            TSimd.AddTo(s, first + c);
            TSimd.AddTo(q, second + c);
        }

        return c;
    }
}
