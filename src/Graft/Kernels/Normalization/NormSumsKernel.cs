using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>
/// The sums that normalizations over pictures are made of. Forward, first[c] += sum over r of x[r, c] - pivot[c] and second[c] += sum over r of (x[r, c] - pivot[c])^2; backward, first[c] += sum over r of
/// g[r, c] and second[c] += sum over r of g[r, c] (x[r, c] - center[c]). A block of rows is summed in float32, blocks in float64.
/// </summary>
/// <remarks>Four rows are read side by side, as memory lies, and add to sums in the first-level cache: of large pictures these passes are as fast as memory is.</remarks>
internal static unsafe partial class NormSumsKernel
{
    /// <summary>The formula of the forward.</summary>
    public static void MomentsReference(int rows, int channels, Rows x, ReadOnlySpan<float> pivot, Span<double> first, Span<double> second)
    {
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < channels; c++)
            {
                double distance = (double)x.Column(c)[r * x.RowStride] - pivot[c];
                first[c] += distance;
                second[c] += distance * distance;
            }
    }

    /// <summary>The formula of the backward.</summary>
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

    /// <summary>The numbers of memory that a call needs.</summary>
    public static int ScratchFloats(int channels) => 3 * SimdWidth.RoundUp(channels, 16);

    /// <summary>The vector path of the forward; a block of rows, whose channels lie side by side.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="x">The values.</param>
    /// <param name="pivot">What the sums are about, for each channel.</param>
    /// <param name="first">The first sum of each channel.</param>
    /// <param name="second">The second sum of each channel.</param>
    /// <param name="scratch">As many numbers as <see cref="ScratchFloats"/>.</param>
    public static void Moments(int rows, int channels, Rows x, float* pivot, double* first, double* second, float* scratch) => Run<No, No>(rows, channels, x, x, pivot, first, second, default, null, scratch);

    /// <summary>The vector path of the backward; a block of rows, whose channels lie side by side.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="g">The gradients.</param>
    /// <param name="x">The values.</param>
    /// <param name="center">What the second sum is about, for each channel.</param>
    /// <param name="first">The first sum of each channel.</param>
    /// <param name="second">The second sum of each channel.</param>
    /// <param name="scratch">As many numbers as <see cref="ScratchFloats"/>.</param>
    /// <param name="threshold">The thresholds that <paramref name="g"/> passes first, if there are any.</param>
    /// <param name="held">With them, the sum of what each channel's holds back.</param>
    public static void Run(int rows, int channels, Rows g, Rows x, float* center, double* first, double* second, float* scratch, Threshold threshold = default, double* held = null)
    {
        if (threshold.IsNone) Run<Yes, No>(rows, channels, g, x, center, first, second, threshold, held, scratch);
        else Run<Yes, Yes>(rows, channels, g, x, center, first, second, threshold, held, scratch);
    }

    private static void Run<TGradient, TThreshold>(int rows, int channels, Rows g, Rows x, float* center, double* first, double* second, Threshold threshold, double* held, float* scratch)
        where TGradient : struct, IFlag
        where TThreshold : struct, IFlag
    {
        new Span<float>(scratch, ScratchFloats(channels)).Clear();
        Columns<TGradient, TThreshold>(rows, channels, g, x, center, first, second, threshold, held, scratch);
    }

    [Dispatch]
    private static partial void Columns<TGradient, TThreshold>(int rows, int channels, Rows g, Rows x, float* center, double* first, double* second, Threshold threshold, double* held, float* scratch)
        where TGradient : struct, IFlag
        where TThreshold : struct, IFlag;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Columns<TSimd, TVector, TGradient, TThreshold>(
        int c, int rows, int channels, Rows g, Rows x, float* center, double* first, double* second, Threshold threshold, double* held, float* scratch)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TGradient : struct, IFlag
        where TThreshold : struct, IFlag
    {
        int end = c + ((channels - c) / TSimd.Lanes * TSimd.Lanes), r = 0;
        if (end == c) return c;
        nint gs = g.RowStride, xs = x.RowStride;
        float* a = scratch, b = a + (ScratchFloats(channels) / 3), back = b + (ScratchFloats(channels) / 3), scale = (float*)threshold.Scale, shift = (float*)threshold.Shift, floor = (float*)threshold.Floor;
        float* x0 = x.Start, g0 = g.Start;
        for (; r + 4 <= rows; r += 4, x0 += 4 * xs, g0 += 4 * gs)
        {
            float* x1 = x0 + xs, x2 = x1 + xs, x3 = x2 + xs, g1 = g0 + gs, g2 = g1 + gs, g3 = g2 + gs;
            for (nint i = c; i < end; i += TSimd.Lanes)
            {
                TVector m = TSimd.Load(center + i), d0 = TSimd.Subtract(TSimd.Load(x0 + i), m), d1 = TSimd.Subtract(TSimd.Load(x1 + i), m);
                TVector d2 = TSimd.Subtract(TSimd.Load(x2 + i), m), d3 = TSimd.Subtract(TSimd.Load(x3 + i), m);
                TVector h0 = TGradient.IsSet ? TSimd.Load(g0 + i) : d0, h1 = TGradient.IsSet ? TSimd.Load(g1 + i) : d1;
                TVector h2 = TGradient.IsSet ? TSimd.Load(g2 + i) : d2, h3 = TGradient.IsSet ? TSimd.Load(g3 + i) : d3;
                if (TThreshold.IsSet)
                {
                    TVector all = TSimd.Add(TSimd.Add(h0, h1), TSimd.Add(h2, h3));
                    h0 = Threshold.Pass<TSimd, TVector>(h0, d0, scale + i, shift + i, floor + i);
                    h1 = Threshold.Pass<TSimd, TVector>(h1, d1, scale + i, shift + i, floor + i);
                    h2 = Threshold.Pass<TSimd, TVector>(h2, d2, scale + i, shift + i, floor + i);
                    h3 = Threshold.Pass<TSimd, TVector>(h3, d3, scale + i, shift + i, floor + i);
                    TSimd.Store(TSimd.Add(TSimd.Load(back + i), TSimd.Subtract(all, TSimd.Add(TSimd.Add(h0, h1), TSimd.Add(h2, h3)))), back + i);
                }

                TSimd.Store(TSimd.Add(TSimd.Load(a + i), TSimd.Add(TSimd.Add(h0, h1), TSimd.Add(h2, h3))), a + i);
                TSimd.Store(TSimd.MultiplyAdd(h0, d0, TSimd.MultiplyAdd(h1, d1, TSimd.MultiplyAdd(h2, d2, TSimd.MultiplyAdd(h3, d3, TSimd.Load(b + i))))), b + i);
            }
        }

        for (; r < rows; r++, x0 += xs, g0 += gs)
        {
            for (nint i = c; i < end; i += TSimd.Lanes)
            {
                TVector d = TSimd.Subtract(TSimd.Load(x0 + i), TSimd.Load(center + i)), h = TGradient.IsSet ? TSimd.Load(g0 + i) : d;
                if (TThreshold.IsSet)
                {
                    TVector all = h;
                    h = Threshold.Pass<TSimd, TVector>(h, d, scale + i, shift + i, floor + i);
                    TSimd.Store(TSimd.Add(TSimd.Load(back + i), TSimd.Subtract(all, h)), back + i);
                }

                TSimd.Store(TSimd.Add(TSimd.Load(a + i), h), a + i);
                TSimd.Store(TSimd.MultiplyAdd(h, d, TSimd.Load(b + i)), b + i);
            }
        }

        for (nint i = c; i < end; i += TSimd.Lanes)
        {
            TSimd.AddTo(TSimd.Load(a + i), first + i);
            TSimd.AddTo(TSimd.Load(b + i), second + i);
            if (TThreshold.IsSet) TSimd.AddTo(TSimd.Load(back + i), held + i);
        }

        return end;
    }
}
