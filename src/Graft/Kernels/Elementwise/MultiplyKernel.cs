using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Elementwise;

/// <summary>
/// The product of two arrays, element by element, or of rows with a factor for each channel: y[r, c] = x[r, c] s[c]. Backward, dx = dy s and ds[c] = sum over r of dy[r, c] x[r, c].
/// </summary>
internal static unsafe partial class MultiplyKernel
{
    /// <summary>The formula.</summary>
    /// <param name="rows">The rows of an image; 1 where both arrays are of one shape.</param>
    /// <param name="channels">The channels of a row, or all numbers of an image.</param>
    /// <param name="x">The rows of all images.</param>
    /// <param name="factors">The factors of all images.</param>
    /// <param name="y">The products.</param>
    public static void Reference(int rows, int channels, ReadOnlySpan<float> x, ReadOnlySpan<float> factors, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = x[i] * factors[(i / (rows * channels) * channels) + (i % channels)];
    }

    /// <summary>The formula of the backward.</summary>
    public static void BackwardReference(int rows, int channels, ReadOnlySpan<float> x, ReadOnlySpan<float> factors, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dfactors)
    {
        double[] sums = new double[factors.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int factor = (i / (rows * channels) * channels) + (i % channels);
            dx[i] = dy[i] * factors[factor];
            sums[factor] += (double)dy[i] * x[i];
        }

        for (int i = 0; i < sums.Length; i++) dfactors[i] = (float)sums[i];
    }

    /// <summary>y = a b.</summary>
    /// <param name="count">The number of elements.</param>
    /// <param name="a">The first factor.</param>
    /// <param name="b">The second factor.</param>
    /// <param name="y">The product; it may be <paramref name="a"/> or <paramref name="b"/>.</param>
    [Dispatch]
    public static partial void Run(int count, float* a, float* b, float* y);

    /// <summary>y[r, c] = x[r, c] s[c].</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="x">The rows.</param>
    /// <param name="factors">The factor of each channel.</param>
    /// <param name="y">The products; it may be <paramref name="x"/>.</param>
    public static void RunRows(int rows, int channels, float* x, float* factors, float* y)
    {
        for (int r = 0; r < rows; r++, x += channels, y += channels) Run(channels, x, factors, y);
    }

    /// <summary>sums[c] = sum over r of x[r, c] dy[r, c], in float64.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="x">The first rows.</param>
    /// <param name="dy">The second rows.</param>
    /// <param name="sums">Receives the sums.</param>
    [Dispatch]
    public static partial void SumRows(int rows, int channels, float* x, float* dy, float* sums);

    [MethodImpl(Compiled.Alone)]
    private static void Run<TSimd, TVector>(int count, float* a, float* b, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int i = 0;
        for (; i <= count - TSimd.Lanes; i += TSimd.Lanes) TSimd.Store(TSimd.Multiply(TSimd.Load(a + i), TSimd.Load(b + i)), y + i);
        for (; i < count; i++) y[i] = a[i] * b[i];
    }

    // A block of rows is summed up in float32, the blocks in float64.
    [MethodImpl(Compiled.Alone)]
    private static int SumRows<TSimd, TVector>(int c, int rows, int channels, float* x, float* dy, float* sums)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        const int BlockRows = 128;
        double* total = stackalloc double[TSimd.Lanes];
        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
        {
            new Span<double>(total, TSimd.Lanes).Clear();
            for (int first = 0; first < rows; first += BlockRows)
            {
                TVector sum = TSimd.Zero;
                nint end = (nint)Math.Min(rows, first + BlockRows) * channels;
                for (nint i = ((nint)first * channels) + c; i < end; i += channels) sum = TSimd.MultiplyAdd(TSimd.Load(x + i), TSimd.Load(dy + i), sum);
                TSimd.AddTo(sum, total);
            }

            for (int lane = 0; lane < TSimd.Lanes; lane++) sums[c + lane] = (float)total[lane];
        }

        return c;
    }
}
