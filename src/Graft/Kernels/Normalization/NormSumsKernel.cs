using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels.Normalization;

/// <summary>
/// The sums that the backward of a normalization is made of: first[c] += sum over r of g[r, c], second[c] += sum over r of g[r, c] (x[r, c] - center[c]). A block of rows is summed in
/// float32, blocks in float64.
/// </summary>
internal static unsafe class NormSumsKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(int rows, int channels, Rows g, Rows x, ReadOnlySpan<float> center, Span<double> first, Span<double> second)
    {
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < channels; c++)
            {
                double gradient = g.Column(c)[r * g.RowStride];
                first[c] += gradient;
                second[c] += gradient * ((double)x.Column(c)[r * x.RowStride] - center[c]);
            }
    }

    /// <summary>The vector path.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="g">The gradients.</param>
    /// <param name="x">The values.</param>
    /// <param name="center">What the second sum is about, for each channel.</param>
    /// <param name="first">The first sum of each channel.</param>
    /// <param name="second">The second sum of each channel.</param>
    public static void Run(int rows, int channels, Rows g, Rows x, float* center, double* first, double* second)
    {
        int c = 0;
        if (Vector512.IsHardwareAccelerated) c = Columns<Simd512, Vector512<float>>(c, rows, channels, g, x, center, first, second);
        if (Vector256.IsHardwareAccelerated) c = Columns<Simd256, Vector256<float>>(c, rows, channels, g, x, center, first, second);
        c = Columns<Simd128, Vector128<float>>(c, rows, channels, g, x, center, first, second);
        Columns<Simd1, float>(c, rows, channels, g, x, center, first, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Columns<TSimd, TVector>(int c, int rows, int channels, Rows g, Rows x, float* center, double* first, double* second)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        nint gs = g.RowStride, xs = x.RowStride;
        for (; c + (2 * TSimd.Lanes) <= channels; c += 2 * TSimd.Lanes)
        {
            TVector m0 = TSimd.Load(center + c), m1 = TSimd.Load(center + c + TSimd.Lanes), s0 = TSimd.Zero, s1 = s0, q0 = s0, q1 = s0;
            float* g0 = g.Column(c), g1 = g.Column(c + TSimd.Lanes), x0 = x.Column(c), x1 = x.Column(c + TSimd.Lanes);
            for (int r = 0; r < rows; r++, g0 += gs, g1 += gs, x0 += xs, x1 += xs)
            {
                TVector d0 = TSimd.Load(g0), d1 = TSimd.Load(g1);
                s0 = TSimd.Add(s0, d0);
                s1 = TSimd.Add(s1, d1);
                q0 = TSimd.MultiplyAdd(d0, TSimd.Subtract(TSimd.Load(x0), m0), q0);
                q1 = TSimd.MultiplyAdd(d1, TSimd.Subtract(TSimd.Load(x1), m1), q1);
            }

            TSimd.AddTo(s0, first + c);
            TSimd.AddTo(q0, second + c);
            TSimd.AddTo(s1, first + c + TSimd.Lanes);
            TSimd.AddTo(q1, second + c + TSimd.Lanes);
        }

        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
        {
            TVector m = TSimd.Load(center + c), s = TSimd.Zero, q = s;
            float* gradient = g.Column(c), value = x.Column(c);
            for (int r = 0; r < rows; r++, gradient += gs, value += xs)
            {
                TVector d = TSimd.Load(gradient);
                s = TSimd.Add(s, d);
                q = TSimd.MultiplyAdd(d, TSimd.Subtract(TSimd.Load(value), m), q);
            }

            TSimd.AddTo(s, first + c);
            TSimd.AddTo(q, second + c);
        }

        return c;
    }
}
