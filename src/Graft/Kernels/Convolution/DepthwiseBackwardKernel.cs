using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>
/// One row of the input of a 3x3 depthwise convolution with stride 1, backward, all at once: with d[u, j] the gradient of the outputs that tap u reaches from this row, v(x) = scale x + shift and a = clamp(v(x)),
/// <code>
/// dw[u, t] += sum over j of a[j] d[u, j + 2 - t]
/// g[j]      = sum over u, t of w[u, t] d[u, j + 2 - t] where low &lt; v(x[j]) &lt; high, else 0
/// first    += sum over j of g[j],  second += sum over j of g[j] (x[j] - mean)
/// </code>
/// for each channel. The gradients are planes, one for each vector of channels; the input and its gradient are rows as plans keep them.
/// </summary>
internal unsafe struct DepthwiseBackwardCall
{
    /// <summary>The columns of the input.</summary>
    public int Width;

    /// <summary>The channels, whole vectors of them.</summary>
    public int Channels;

    /// <summary>The gradients that the first tap reaches: of column j at j, j + 1 and j + 2.</summary>
    public float* First;

    /// <summary>Those that the second tap reaches.</summary>
    public float* Second;

    /// <summary>Those that the third tap reaches.</summary>
    public float* Third;

    /// <summary>From one plane to the next, for each of the three; 0 for zeros.</summary>
    public nint FirstPlane, SecondPlane, ThirdPlane;

    /// <summary>The input as it is kept.</summary>
    public StoredRows X;

    /// <summary>Receives the gradient of the input.</summary>
    public StoredRows Target;

    /// <summary>Whether past the caches.</summary>
    public bool StoresNonTemporal;

    /// <summary>The taps <c>[9, channels]</c>.</summary>
    public float* Weights;

    /// <summary>The gradient of the taps <c>[9, channels]</c>, added to.</summary>
    public float* Dw;

    /// <summary>The normalization's scale.</summary>
    public float* Scale;

    /// <summary>The normalization's shift.</summary>
    public float* Shift;

    /// <summary>What the second sum is about.</summary>
    public float* Mean;

    /// <summary>The activation.</summary>
    public Clamp Clamp;

    /// <summary>The first sum of each channel.</summary>
    public double* FirstSums;

    /// <summary>The second sum of each channel.</summary>
    public double* SecondSums;

    /// <summary>What to fetch meanwhile.</summary>
    public Prefetch Fetch;
}

/// <summary>Computes a <see cref="DepthwiseBackwardCall"/>: nine taps, their nine gradients and what the norm needs stay in 32 registers.</summary>
internal static unsafe partial class DepthwiseBackwardKernel
{
    /// <summary>Whether this machine has the registers.</summary>
    public static bool IsFast => SimdWidth.Lanes == 16;

    /// <summary>The formula, of float32.</summary>
    public static void Reference(in DepthwiseBackwardCall call, int lanes)
    {
        for (int c = 0; c < call.Channels; c++)
        {
            for (int j = 0; j < call.Width; j++)
            {
                float x = call.X.Column<float>(c)[j * call.X.RowStride];
                double v = ((double)call.Scale[c] * x) + call.Shift[c], a = Math.Min(Math.Max(v, call.Clamp.Low), call.Clamp.High), g = 0;
                for (int u = 0; u < 3; u++)
                {
                    float* plane = u == 0 ? call.First + (c / lanes * call.FirstPlane) : u == 1 ? call.Second + (c / lanes * call.SecondPlane) : call.Third + (c / lanes * call.ThirdPlane);
                    for (int t = 0; t < 3; t++)
                    {
                        double d = plane[((j + 2 - t) * lanes) + (c % lanes)];
                        call.Dw[(((3 * u) + t) * call.Channels) + c] += (float)(a * d);
                        g += call.Weights[(((3 * u) + t) * call.Channels) + c] * d;
                    }
                }

                if (!(v > call.Clamp.Low && v < call.Clamp.High)) g = 0;
                call.Target.Column<float>(c)[j * call.Target.RowStride] = (float)g;
                call.FirstSums[c] += g;
                call.SecondSums[c] += g * ((double)x - call.Mean[c]);
            }
        }
    }

    /// <summary>The vector path.</summary>
    public static void Run(in DepthwiseBackwardCall call)
    {
        if (call.X.Type == ElementType.BFloat16) Row<BFloat16, No>(call);
        else if (call.StoresNonTemporal) Row<float, Yes>(call);
        else Row<float, No>(call);
        if (call.StoresNonTemporal) NonTemporal.Fence();
    }

    [Dispatch]
    private static partial void Row<TStored, TAround>(in DepthwiseBackwardCall call)
        where TStored : unmanaged
        where TAround : struct, IFlag;

    [MethodImpl(Compiled.Alone)]
    private static void Row<TSimd, TVector, TStored, TAround>(in DepthwiseBackwardCall call)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TStored : unmanaged
        where TAround : struct, IFlag
    {
        nint channels = call.Channels, xs = call.X.RowStride, ts = call.Target.RowStride, step = call.Fetch.Bytes / Math.Max(1, call.Width * (channels / TSimd.Lanes)), apart = call.Fetch.Second - call.Fetch.First;
        byte* ahead = step > 0 ? (byte*)call.Fetch.First : (byte*)call.Weights;
        if (step == 0) apart = 0;
        TVector low = TSimd.Broadcast(call.Clamp.Low), high = TSimd.Broadcast(call.Clamp.High);
        for (nint c = 0, vector = 0; c < channels; c += TSimd.Lanes, vector++)
        {
            float* w = call.Weights + c, dw = call.Dw + c;
            float* d0 = call.First + (vector * call.FirstPlane), d1 = call.Second + (vector * call.SecondPlane), d2 = call.Third + (vector * call.ThirdPlane);
            TStored* x = call.X.Column<TStored>((int)c), target = call.Target.Column<TStored>((int)c);
            TVector w00 = TSimd.Load(w), w01 = TSimd.Load(w + channels), w02 = TSimd.Load(w + (2 * channels));
            TVector w10 = TSimd.Load(w + (3 * channels)), w11 = TSimd.Load(w + (4 * channels)), w12 = TSimd.Load(w + (5 * channels));
            TVector w20 = TSimd.Load(w + (6 * channels)), w21 = TSimd.Load(w + (7 * channels)), w22 = TSimd.Load(w + (8 * channels));
            TVector g00 = TSimd.Load(dw), g01 = TSimd.Load(dw + channels), g02 = TSimd.Load(dw + (2 * channels));
            TVector g10 = TSimd.Load(dw + (3 * channels)), g11 = TSimd.Load(dw + (4 * channels)), g12 = TSimd.Load(dw + (5 * channels));
            TVector g20 = TSimd.Load(dw + (6 * channels)), g21 = TSimd.Load(dw + (7 * channels)), g22 = TSimd.Load(dw + (8 * channels));
            TVector scale = TSimd.Load(call.Scale + c), shift = TSimd.Load(call.Shift + c), mean = TSimd.Load(call.Mean + c), first = TSimd.Zero, second = TSimd.Zero;
            for (int j = call.Width; j > 0; j--, d0 += TSimd.Lanes, d1 += TSimd.Lanes, d2 += TSimd.Lanes, x += xs, target += ts, ahead += step)
            {
                Prefetch.Line(ahead);
                Prefetch.Line(ahead + apart);
                TVector value = TSimd.LoadWidened(x), v = TSimd.MultiplyAdd(value, scale, shift), a = TSimd.Min(high, TSimd.Max(low, v));
                TVector d = TSimd.Load(d0), g = TSimd.Multiply(d, w02);
                g02 = TSimd.MultiplyAdd(a, d, g02);
                d = TSimd.Load(d0 + TSimd.Lanes);
                g = TSimd.MultiplyAdd(d, w01, g);
                g01 = TSimd.MultiplyAdd(a, d, g01);
                d = TSimd.Load(d0 + (2 * TSimd.Lanes));
                g = TSimd.MultiplyAdd(d, w00, g);
                g00 = TSimd.MultiplyAdd(a, d, g00);
                d = TSimd.Load(d1);
                g = TSimd.MultiplyAdd(d, w12, g);
                g12 = TSimd.MultiplyAdd(a, d, g12);
                d = TSimd.Load(d1 + TSimd.Lanes);
                g = TSimd.MultiplyAdd(d, w11, g);
                g11 = TSimd.MultiplyAdd(a, d, g11);
                d = TSimd.Load(d1 + (2 * TSimd.Lanes));
                g = TSimd.MultiplyAdd(d, w10, g);
                g10 = TSimd.MultiplyAdd(a, d, g10);
                d = TSimd.Load(d2);
                g = TSimd.MultiplyAdd(d, w22, g);
                g22 = TSimd.MultiplyAdd(a, d, g22);
                d = TSimd.Load(d2 + TSimd.Lanes);
                g = TSimd.MultiplyAdd(d, w21, g);
                g21 = TSimd.MultiplyAdd(a, d, g21);
                d = TSimd.Load(d2 + (2 * TSimd.Lanes));
                g = TSimd.MultiplyAdd(d, w20, g);
                g20 = TSimd.MultiplyAdd(a, d, g20);
                g = TSimd.Inside(v, low, high, g);
                if (TAround.IsSet) TSimd.StoreRoundedNonTemporal(g, target);
                else TSimd.StoreRounded(g, target);
                first = TSimd.Add(first, g);
                second = TSimd.MultiplyAdd(g, TSimd.Subtract(value, mean), second);
            }

            TSimd.Store(g00, dw);
            TSimd.Store(g01, dw + channels);
            TSimd.Store(g02, dw + (2 * channels));
            TSimd.Store(g10, dw + (3 * channels));
            TSimd.Store(g11, dw + (4 * channels));
            TSimd.Store(g12, dw + (5 * channels));
            TSimd.Store(g20, dw + (6 * channels));
            TSimd.Store(g21, dw + (7 * channels));
            TSimd.Store(g22, dw + (8 * channels));
            TSimd.AddTo(first, call.FirstSums + c);
            TSimd.AddTo(second, call.SecondSums + c);
        }
    }
}
