using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels;

/// <summary>
/// The sums that batch statistics are made of, about a pivot near the mean so that nothing cancels: first[c] += sum over r of x[r, c] - pivot[c], and
/// second[c] += sum over r of (x[r, c] - pivot[c])^2. A block of rows is summed in float32, blocks in float64.
/// </summary>
internal static unsafe class MomentsKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(int rows, int channels, Rows x, ReadOnlySpan<float> pivot, Span<double> first, Span<double> second)
    {
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < channels; c++)
            {
                double value = (double)x.Column(c)[r * x.RowStride] - pivot[c];
                first[c] += value;
                second[c] += value * value;
            }
    }

    /// <summary>The vector path.</summary>
    public static void Run(int rows, int channels, Rows x, float* pivot, double* first, double* second)
    {
        int c = 0;
        if (Vector512.IsHardwareAccelerated) c = Columns<Simd512, Vector512<float>>(c, rows, channels, x, pivot, first, second);
        if (Vector256.IsHardwareAccelerated) c = Columns<Simd256, Vector256<float>>(c, rows, channels, x, pivot, first, second);
        c = Columns<Simd128, Vector128<float>>(c, rows, channels, x, pivot, first, second);
        Columns<Simd1, float>(c, rows, channels, x, pivot, first, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Columns<TSimd, TVector>(int c, int rows, int channels, Rows x, float* pivot, double* first, double* second)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        nint step = x.RowStride;
        for (; c + (2 * TSimd.Lanes) <= channels; c += 2 * TSimd.Lanes)
        {
            TVector p0 = TSimd.Load(pivot + c), p1 = TSimd.Load(pivot + c + TSimd.Lanes), s0 = TSimd.Zero, s1 = s0, q0 = s0, q1 = s0;
            float* x0 = x.Column(c), x1 = x.Column(c + TSimd.Lanes);
            for (int r = 0; r < rows; r++, x0 += step, x1 += step)
            {
                TVector d0 = TSimd.Subtract(TSimd.Load(x0), p0), d1 = TSimd.Subtract(TSimd.Load(x1), p1);
                s0 = TSimd.Add(s0, d0);
                s1 = TSimd.Add(s1, d1);
                q0 = TSimd.MultiplyAdd(d0, d0, q0);
                q1 = TSimd.MultiplyAdd(d1, d1, q1);
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
            for (int r = 0; r < rows; r++, source += step)
            {
                TVector d = TSimd.Subtract(TSimd.Load(source), p);
                s = TSimd.Add(s, d);
                q = TSimd.MultiplyAdd(d, d, q);
            }

            TSimd.AddTo(s, first + c);
            TSimd.AddTo(q, second + c);
        }

        return c;
    }
}
