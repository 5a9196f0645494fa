using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels;

/// <summary>
/// The inner loops of <see cref="PackedConvolution"/>: y[t, o] = clamp(b[o] + sum over runs r and c of source[r, t][c] w[r, c, o]) for the two vectors o of a panel.
/// </summary>
internal static unsafe class ConvolutionTile
{
    /// <summary>Six pixels t. Each accumulator has a name, since only locals live in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Six<TSimd, TVector>(float** sources, int runs, int length, float* weights, float* bias, float low, float high, float* y, int stride)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int lanes = TSimd.Lanes;
        TVector a0 = TSimd.Load(bias), b0 = TSimd.Load(bias + lanes);
        TVector a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        TVector b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
        for (; runs > 0; runs--, sources += 6)
        {
            float* x0 = sources[0], x1 = sources[1], x2 = sources[2], x3 = sources[3], x4 = sources[4], x5 = sources[5];
            for (nint c = 0; c < length; c++, weights += 2 * lanes)
            {
                TVector w0 = TSimd.Load(weights), w1 = TSimd.Load(weights + lanes);
                TVector x = TSimd.BroadcastFrom(x0 + c);
                a0 = TSimd.MultiplyAdd(x, w0, a0);
                b0 = TSimd.MultiplyAdd(x, w1, b0);
                x = TSimd.BroadcastFrom(x1 + c);
                a1 = TSimd.MultiplyAdd(x, w0, a1);
                b1 = TSimd.MultiplyAdd(x, w1, b1);
                x = TSimd.BroadcastFrom(x2 + c);
                a2 = TSimd.MultiplyAdd(x, w0, a2);
                b2 = TSimd.MultiplyAdd(x, w1, b2);
                x = TSimd.BroadcastFrom(x3 + c);
                a3 = TSimd.MultiplyAdd(x, w0, a3);
                b3 = TSimd.MultiplyAdd(x, w1, b3);
                x = TSimd.BroadcastFrom(x4 + c);
                a4 = TSimd.MultiplyAdd(x, w0, a4);
                b4 = TSimd.MultiplyAdd(x, w1, b4);
                x = TSimd.BroadcastFrom(x5 + c);
                a5 = TSimd.MultiplyAdd(x, w0, a5);
                b5 = TSimd.MultiplyAdd(x, w1, b5);
            }
        }

        TVector lowest = TSimd.Broadcast(low), highest = TSimd.Broadcast(high);
        Store<TSimd, TVector>(a0, b0, lowest, highest, y);
        Store<TSimd, TVector>(a1, b1, lowest, highest, y += stride);
        Store<TSimd, TVector>(a2, b2, lowest, highest, y += stride);
        Store<TSimd, TVector>(a3, b3, lowest, highest, y += stride);
        Store<TSimd, TVector>(a4, b4, lowest, highest, y += stride);
        Store<TSimd, TVector>(a5, b5, lowest, highest, y + stride);
    }

    /// <summary>One pixel, for a dense layer on a single row and for what is left over; its pointers lie <paramref name="step"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One<TSimd, TVector>(float** sources, int runs, int length, float* weights, float* bias, float low, float high, float* y, int step)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int lanes = TSimd.Lanes;
        TVector a = TSimd.Load(bias), b = TSimd.Load(bias + lanes);
        for (; runs > 0; runs--, sources += step)
        {
            float* source = *sources;
            for (nint c = 0; c < length; c++, weights += 2 * lanes)
            {
                TVector x = TSimd.BroadcastFrom(source + c);
                a = TSimd.MultiplyAdd(x, TSimd.Load(weights), a);
                b = TSimd.MultiplyAdd(x, TSimd.Load(weights + lanes), b);
            }
        }

        Store<TSimd, TVector>(a, b, TSimd.Broadcast(low), TSimd.Broadcast(high), y);
    }

    // The bound comes first: the hardware gives the second when one of the two is not a number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TSimd, TVector>(TVector a, TVector b, TVector low, TVector high, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TSimd.Store(TSimd.Min(high, TSimd.Max(low, a)), y);
        TSimd.Store(TSimd.Min(high, TSimd.Max(low, b)), y + TSimd.Lanes);
    }
}
