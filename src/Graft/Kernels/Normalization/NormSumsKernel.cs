using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>
/// The sums that normalizations over images are made of. Forward, first[c] += sum over r of x[r, c] - center[c] and second[c] += sum over r of (x[r, c] -
/// center[c])^2; backward, first[c] += sum over r of dy[r, c] and
/// second[c] += sum over r of dy[r, c] (x[r, c] - center[c]). Channels of a row lie side by side.
/// </summary>
internal unsafe struct NormSums
{
    /// <summary>The number of rows.</summary>
    public int Count;

    /// <summary>The number of channels.</summary>
    public int Channels;

    /// <summary>The gradients; not looked at in the forward.</summary>
    public StridedRows Dy;

    /// <summary>The values.</summary>
    public StridedRows X;

    /// <summary>What the sums are about, for each channel.</summary>
    public float* Center;

    /// <summary>The thresholds that <see cref="Dy"/> passes first, if there are any.</summary>
    public TluThreshold Threshold;

    /// <summary>The first sum of each channel.</summary>
    public double* First;

    /// <summary>The second sum of each channel.</summary>
    public double* Second;

    /// <summary>With thresholds, the sum of what each channel's holds back.</summary>
    public double* Held;

    /// <summary>As many numbers as <see cref="NormSumsKernel.ScratchFloats"/>.</summary>
    public float* Scratch;
}

/// <summary>Computes <see cref="NormSums"/>; the formula of the forward is that of <see cref="MomentsKernel"/>. A block of rows is summed in float32, blocks in float64.</summary>
/// <remarks>
/// Four rows are read side by side, as memory lies, and add to sums in the first-level cache: of large images these passes are as fast as memory is.
/// </remarks>
internal static unsafe partial class NormSumsKernel
{
    /// <summary>The formula of the backward, without thresholds.</summary>
    public static void Reference(in NormSums call)
    {
        for (int r = 0; r < call.Count; r++)
        {
            for (int c = 0; c < call.Channels; c++)
            {
                double gradient = call.Dy.Column(c)[r * call.Dy.RowStride];
                call.First[c] += gradient;
                call.Second[c] += gradient * ((double)call.X.Column(c)[r * call.X.RowStride] - call.Center[c]);
            }
        }
    }

    /// <summary>The numbers of memory that a call needs.</summary>
    public static int ScratchFloats(int channels) => 3 * SimdWidth.RoundUp(channels, 16);

    /// <summary>The vector path of the forward.</summary>
    public static void Moments(in NormSums call) => Run<No, No>(call);

    /// <summary>The vector path of the backward.</summary>
    public static void Run(in NormSums call)
    {
        if (call.Threshold.IsNone) Run<Yes, No>(call);
        else Run<Yes, Yes>(call);
    }

    private static void Run<TGradient, TThreshold>(in NormSums call)
        where TGradient : struct, IFlag
        where TThreshold : struct, IFlag
    {
        new Span<float>(call.Scratch, ScratchFloats(call.Channels)).Clear();
        Columns<TGradient, TThreshold>(call);
    }

    [Dispatch]
    private static partial void Columns<TGradient, TThreshold>(in NormSums call)
        where TGradient : struct, IFlag
        where TThreshold : struct, IFlag;

    [MethodImpl(Compiled.Alone)]
    private static int Columns<TSimd, TVector, TGradient, TThreshold>(int c, in NormSums call)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TGradient : struct, IFlag
        where TThreshold : struct, IFlag
    {
        int rows = call.Count, end = c + ((call.Channels - c) / TSimd.Lanes * TSimd.Lanes), r = 0, third = ScratchFloats(call.Channels) / 3;
        if (end == c) return c;
        nint gs = call.Dy.RowStride, xs = call.X.RowStride;
        float* center = call.Center, a = call.Scratch, b = a + third, back = b + third, scale = (float*)call.Threshold.Scale, shift = (float*)call.Threshold.Shift, floor = (float*)call.Threshold.Floor;
        float* x0 = call.X.Start, g0 = call.Dy.Start;
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
                    h0 = TluThreshold.Pass<TSimd, TVector>(h0, d0, scale + i, shift + i, floor + i);
                    h1 = TluThreshold.Pass<TSimd, TVector>(h1, d1, scale + i, shift + i, floor + i);
                    h2 = TluThreshold.Pass<TSimd, TVector>(h2, d2, scale + i, shift + i, floor + i);
                    h3 = TluThreshold.Pass<TSimd, TVector>(h3, d3, scale + i, shift + i, floor + i);
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
                    h = TluThreshold.Pass<TSimd, TVector>(h, d, scale + i, shift + i, floor + i);
                    TSimd.Store(TSimd.Add(TSimd.Load(back + i), TSimd.Subtract(all, h)), back + i);
                }

                TSimd.Store(TSimd.Add(TSimd.Load(a + i), h), a + i);
                TSimd.Store(TSimd.MultiplyAdd(h, d, TSimd.Load(b + i)), b + i);
            }
        }

        for (nint i = c; i < end; i += TSimd.Lanes)
        {
            TSimd.AddTo(TSimd.Load(a + i), call.First + i);
            TSimd.AddTo(TSimd.Load(b + i), call.Second + i);
            if (TThreshold.IsSet) TSimd.AddTo(TSimd.Load(back + i), call.Held + i);
        }

        return end;
    }
}
