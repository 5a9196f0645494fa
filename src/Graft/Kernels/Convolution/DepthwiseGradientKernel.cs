using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>
/// One row of a depthwise convolution's outputs and one row of its window, backward: for every output j and tap v, dx[j stride + v dilation] += w[v] dy[j] and
/// dw[v] += sum over j of dy[j] x[j stride + v dilation]. Rows are planes, one for each vector of channels, and carry the padding at both ends.
/// </summary>
internal unsafe struct DepthwiseGradientCall
{
    /// <summary>The side of the kernel.</summary>
    public int Kernel;

    /// <summary>The step between windows, in pixels.</summary>
    public int Stride;

    /// <summary>The step between the taps, in pixels.</summary>
    public int Dilation;

    /// <summary>The number of outputs.</summary>
    public int Width;

    /// <summary>The number of vectors of channels.</summary>
    public int Vectors;

    /// <summary>The gradient of the outputs.</summary>
    public float* Dy;

    /// <summary>From one plane of <see cref="Dy"/> to the next.</summary>
    public nint DyPlane;

    /// <summary>The input.</summary>
    public float* X;

    /// <summary>The gradient of the input, added to.</summary>
    public float* Dx;

    /// <summary>From one plane of <see cref="X"/> and <see cref="Dx"/> to the next.</summary>
    public nint XPlane;

    /// <summary>The taps of this row of the window <c>[kernel, vectors lanes]</c>.</summary>
    public float* Weights;

    /// <summary>The gradient of the taps <c>[kernel, vectors lanes]</c>, added to.</summary>
    public float* Dw;

    /// <summary>What to fetch meanwhile.</summary>
    public Prefetch Fetch;
}

/// <summary>Computes a <see cref="DepthwiseGradientCall"/>.</summary>
internal static unsafe partial class DepthwiseGradientKernel
{
    /// <summary>The formula, with the widest vectors of this machine.</summary>
    [Dispatch]
    public static partial void Run(in DepthwiseGradientCall call);

    /// <summary>The formula; <paramref name="lanes"/> channels in a plane.</summary>
    public static void Reference(in DepthwiseGradientCall call, int lanes)
    {
        for (int c = 0; c < call.Vectors * lanes; c++)
        {
            for (int j = 0; j < call.Width; j++)
            {
                for (int v = 0; v < call.Kernel; v++)
                {
                    int tap = (v * call.Vectors * lanes) + c;
                    nint x = (c / lanes * call.XPlane) + (((j * call.Stride) + (v * call.Dilation)) * lanes) + (c % lanes);
                    float dy = call.Dy[(c / lanes * call.DyPlane) + (j * lanes) + (c % lanes)];
                    call.Dx[x] += call.Weights[tap] * dy;
                    call.Dw[tap] += dy * call.X[x];
                }
            }
        }
    }

    private static void Run<TSimd, TVector>(in DepthwiseGradientCall call)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        for (int vector = 0; vector < call.Vectors; vector++)
        {
            if (call is { Kernel: 3, Stride: 1, Dilation: 1 }) Three1<TSimd, TVector>(call, vector);
            else if (call is { Kernel: 3, Stride: 2, Dilation: 1 }) Three2<TSimd, TVector>(call, vector);
            else
                for (int v = 0; v < call.Kernel; v++) Tap<TSimd, TVector>(call, vector, v);
        }
    }

    // With nothing to fetch: lines that are here.
    private static byte* Ahead(in DepthwiseGradientCall call, int vector, out nint apart, out nint step)
    {
        (apart, step) = (call.Fetch.Second - call.Fetch.First, call.Fetch.Bytes / (call.Width * call.Vectors));
        return (call.Fetch.Bytes > 0 ? (byte*)call.Fetch.First : (byte*)call.Dy) + (vector * call.Width * step);
    }

    /// <summary>Three taps, stride 1: two sums that are not finished yet travel along in registers.</summary>
    [MethodImpl(Compiled.Alone)]
    private static void Three1<TSimd, TVector>(in DepthwiseGradientCall call, int vector)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int width = call.Width;
        nint taps = call.Vectors * TSimd.Lanes;
        float* dy = call.Dy + (vector * call.DyPlane), x = call.X + (vector * call.XPlane), dx = call.Dx + (vector * call.XPlane);
        float* w = call.Weights + (vector * TSimd.Lanes), dw = call.Dw + (vector * TSimd.Lanes);
        byte* ahead = Ahead(call, vector, out nint apart, out nint step);
        TVector w0 = TSimd.Load(w), w1 = TSimd.Load(w + taps), w2 = TSimd.Load(w + (2 * taps));
        TVector a0 = TSimd.Load(dw), a1 = TSimd.Load(dw + taps), a2 = TSimd.Load(dw + (2 * taps));
        TVector x0 = TSimd.Load(x), x1 = TSimd.Load(x + TSimd.Lanes), d0 = TSimd.Load(dx), d1 = TSimd.Load(dx + TSimd.Lanes);
        for (; width > 0; width--, dy += TSimd.Lanes, x += TSimd.Lanes, dx += TSimd.Lanes, ahead += step)
        {
            Prefetch.Line(ahead);
            Prefetch.Line(ahead + apart);
            TVector y = TSimd.Load(dy), x2 = TSimd.Load(x + (2 * TSimd.Lanes)), d2 = TSimd.Load(dx + (2 * TSimd.Lanes));
            a0 = TSimd.MultiplyAdd(y, x0, a0);
            a1 = TSimd.MultiplyAdd(y, x1, a1);
            a2 = TSimd.MultiplyAdd(y, x2, a2);
            TSimd.Store(TSimd.MultiplyAdd(y, w0, d0), dx);
            d0 = TSimd.MultiplyAdd(y, w1, d1);
            d1 = TSimd.MultiplyAdd(y, w2, d2);
            (x0, x1) = (x1, x2);
        }

        TSimd.Store(d0, dx);
        TSimd.Store(d1, dx + TSimd.Lanes);
        TSimd.Store(a0, dw);
        TSimd.Store(a1, dw + taps);
        TSimd.Store(a2, dw + (2 * taps));
    }

    /// <summary>Three taps, stride 2: the sum that two windows share travels along in a register.</summary>
    [MethodImpl(Compiled.Alone)]
    private static void Three2<TSimd, TVector>(in DepthwiseGradientCall call, int vector)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int width = call.Width;
        nint taps = call.Vectors * TSimd.Lanes;
        float* dy = call.Dy + (vector * call.DyPlane), x = call.X + (vector * call.XPlane), dx = call.Dx + (vector * call.XPlane);
        float* w = call.Weights + (vector * TSimd.Lanes), dw = call.Dw + (vector * TSimd.Lanes);
        byte* ahead = Ahead(call, vector, out nint apart, out nint step);
        TVector w0 = TSimd.Load(w), w1 = TSimd.Load(w + taps), w2 = TSimd.Load(w + (2 * taps));
        TVector a0 = TSimd.Load(dw), a1 = TSimd.Load(dw + taps), a2 = TSimd.Load(dw + (2 * taps));
        TVector x0 = TSimd.Load(x), d0 = TSimd.Load(dx);
        for (; width > 0; width--, dy += TSimd.Lanes, x += 2 * TSimd.Lanes, dx += 2 * TSimd.Lanes, ahead += step)
        {
            Prefetch.Line(ahead);
            Prefetch.Line(ahead + apart);
            TVector y = TSimd.Load(dy), x2 = TSimd.Load(x + (2 * TSimd.Lanes));
            a0 = TSimd.MultiplyAdd(y, x0, a0);
            a1 = TSimd.MultiplyAdd(y, TSimd.Load(x + TSimd.Lanes), a1);
            a2 = TSimd.MultiplyAdd(y, x2, a2);
            TSimd.Store(TSimd.MultiplyAdd(y, w0, d0), dx);
            TSimd.Store(TSimd.MultiplyAdd(y, w1, TSimd.Load(dx + TSimd.Lanes)), dx + TSimd.Lanes);
            d0 = TSimd.MultiplyAdd(y, w2, TSimd.Load(dx + (2 * TSimd.Lanes)));
            x0 = x2;
        }

        TSimd.Store(d0, dx);
        TSimd.Store(a0, dw);
        TSimd.Store(a1, dw + taps);
        TSimd.Store(a2, dw + (2 * taps));
    }

    /// <summary>One tap of any window.</summary>
    [MethodImpl(Compiled.Alone)]
    private static void Tap<TSimd, TVector>(in DepthwiseGradientCall call, int vector, int v)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        nint step = call.Stride * TSimd.Lanes, place = (vector * call.XPlane) + (v * call.Dilation * TSimd.Lanes), weight = (v * call.Vectors * TSimd.Lanes) + (vector * TSimd.Lanes);
        float* dy = call.Dy + (vector * call.DyPlane), x = call.X + place, dx = call.Dx + place, w = call.Weights + weight, dw = call.Dw + weight;
        int width = call.Width;
        TVector tap = TSimd.Load(w), sum = TSimd.Load(dw);
        for (; width > 0; width--, dy += TSimd.Lanes, x += step, dx += step)
        {
            TVector y = TSimd.Load(dy);
            sum = TSimd.MultiplyAdd(y, TSimd.Load(x), sum);
            TSimd.Store(TSimd.MultiplyAdd(y, tap, TSimd.Load(dx)), dx);
        }

        TSimd.Store(sum, dw);
    }
}
