using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>
/// One row of the input of a 3x3 depthwise convolution, backward, all at once: with d[u, p] the gradient of output p of the row that tap u reaches from this one, p(t, j) the output that tap t reaches from column j,
/// v(x) = scale x + shift and a = clamp(v(x)),
/// <code>
/// dw[u, t] += sum over j of a[j] d[u, p(t, j)]
/// g[j]      = sum over u, t of w[u, t] d[u, p(t, j)] where low &lt; v(x[j]) &lt; high, else 0
/// first    += sum over j of g[j],  second += sum over j of g[j] (x[j] - mean)
/// </code>
/// for each channel. With stride 1, p(t, j) = j + 2 - t from where the gradients begin. With stride 2 half of the taps reach nothing: where j + <see cref="Left"/> is even p(0, j) = (j + Left) / 2 + 1 and p(2, j) one less, where it
/// is odd p(1, j) = (j + Left + 1) / 2. The gradients are planes, one for each vector of channels; the input and its gradient are rows as plans keep them.
/// </summary>
internal unsafe struct DepthwiseBackwardCall
{
    /// <summary>1 or 2.</summary>
    public int Stride;

    /// <summary>The columns of zeros in front of the input; with stride 2.</summary>
    public int Left;

    /// <summary>The first tap of the two that reach an output from this row with stride 2, 0, or the one that does, 1.</summary>
    public int Tap;

    /// <summary>The columns of the input.</summary>
    public int Width;

    /// <summary>The channels, whole vectors of them.</summary>
    public int Channels;

    /// <summary>The gradients that the first tap reaches; with stride 2 the first that reaches any.</summary>
    public float* First;

    /// <summary>Those that the second tap reaches; with stride 2 the third, where the first does.</summary>
    public float* Second;

    /// <summary>Those that the third tap reaches; with stride 1.</summary>
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

/// <summary>Computes a <see cref="DepthwiseBackwardCall"/>: the taps, their gradients and what the norm needs stay in 32 registers.</summary>
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
                    // Which of the three rows of gradients, if any.
                    int row = call.Stride == 1 ? u : call.Tap == 1 ? (u == 1 ? 0 : -1) : u == 1 ? -1 : u / 2;
                    if (row < 0) continue;
                    float* plane = row == 0 ? call.First + (c / lanes * call.FirstPlane) : row == 1 ? call.Second + (c / lanes * call.SecondPlane) : call.Third + (c / lanes * call.ThirdPlane);
                    for (int t = 0; t < 3; t++)
                    {
                        if (call.Stride == 2 && (j + call.Left - t) % 2 != 0) continue;
                        int p = call.Stride == 1 ? j + 2 - t : ((j + call.Left - t) / 2) + 1;
                        double d = plane[(p * lanes) + (c % lanes)];
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
        if (call.X.Type == ElementType.BFloat16) Run<BFloat16, No>(call);
        else if (call.StoresNonTemporal) Run<float, Yes>(call);
        else Run<float, No>(call);
        if (call.StoresNonTemporal) NonTemporal.Fence();
    }

    private static void Run<TStored, TAround>(in DepthwiseBackwardCall call)
        where TStored : unmanaged
        where TAround : struct, IFlag
    {
        if (call.Stride == 1) Row<TStored, TAround>(call);
        else if (call.Tap == 1) Middle<TStored, TAround>(call);
        else Outer<TStored, TAround>(call);
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

    /// <summary>Stride 2, a row that the first and the third row of taps reach outputs from: two pixels at a time, of which one reaches four outputs and the other two.</summary>
    [Dispatch]
    private static partial void Outer<TStored, TAround>(in DepthwiseBackwardCall call)
        where TStored : unmanaged
        where TAround : struct, IFlag;

    [MethodImpl(Compiled.Alone)]
    private static void Outer<TSimd, TVector, TStored, TAround>(in DepthwiseBackwardCall call)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TStored : unmanaged
        where TAround : struct, IFlag
    {
        nint channels = call.Channels, xs = call.X.RowStride, ts = call.Target.RowStride, step = call.Fetch.Bytes / Math.Max(1, (call.Width + 1) / 2 * (channels / TSimd.Lanes)), apart = call.Fetch.Second - call.Fetch.First;
        byte* ahead = step > 0 ? (byte*)call.Fetch.First : (byte*)call.Weights;
        if (step == 0) apart = 0;
        TVector low = TSimd.Broadcast(call.Clamp.Low), high = TSimd.Broadcast(call.Clamp.High);
        for (nint c = 0, vector = 0; c < channels; c += TSimd.Lanes, vector++)
        {
            float* w = call.Weights + c, dw = call.Dw + c, d0 = call.First + (vector * call.FirstPlane), d1 = call.Second + (vector * call.SecondPlane);
            TStored* x = call.X.Column<TStored>((int)c), target = call.Target.Column<TStored>((int)c);
            TVector w00 = TSimd.Load(w), w01 = TSimd.Load(w + channels), w02 = TSimd.Load(w + (2 * channels));
            TVector w20 = TSimd.Load(w + (6 * channels)), w21 = TSimd.Load(w + (7 * channels)), w22 = TSimd.Load(w + (8 * channels));
            TVector g00 = TSimd.Load(dw), g01 = TSimd.Load(dw + channels), g02 = TSimd.Load(dw + (2 * channels));
            TVector g20 = TSimd.Load(dw + (6 * channels)), g21 = TSimd.Load(dw + (7 * channels)), g22 = TSimd.Load(dw + (8 * channels));
            TVector scale = TSimd.Load(call.Scale + c), shift = TSimd.Load(call.Shift + c), mean = TSimd.Load(call.Mean + c), first = TSimd.Zero, second = TSimd.Zero;
            for (int j = -call.Left; j < call.Width; j += 2, d0 += TSimd.Lanes, d1 += TSimd.Lanes, ahead += step)
            {
                Prefetch.Line(ahead);
                Prefetch.Line(ahead + apart);
                TVector e0 = TSimd.Load(d0), f0 = TSimd.Load(d0 + TSimd.Lanes), e2 = TSimd.Load(d1), f2 = TSimd.Load(d1 + TSimd.Lanes);
                if (j >= 0)
                {
                    TVector value = TSimd.LoadWidened(x), v = TSimd.MultiplyAdd(value, scale, shift), a = TSimd.Min(high, TSimd.Max(low, v));
                    TVector g = TSimd.MultiplyAdd(f0, w00, TSimd.Multiply(e0, w02));
                    g = TSimd.MultiplyAdd(f2, w20, TSimd.MultiplyAdd(e2, w22, g));
                    g00 = TSimd.MultiplyAdd(a, f0, g00);
                    g02 = TSimd.MultiplyAdd(a, e0, g02);
                    g20 = TSimd.MultiplyAdd(a, f2, g20);
                    g22 = TSimd.MultiplyAdd(a, e2, g22);
                    g = TSimd.Inside(v, low, high, g);
                    if (TAround.IsSet) TSimd.StoreRoundedNonTemporal(g, target);
                    else TSimd.StoreRounded(g, target);
                    first = TSimd.Add(first, g);
                    second = TSimd.MultiplyAdd(g, TSimd.Subtract(value, mean), second);
                    x += xs;
                    target += ts;
                }

                if (j + 1 < call.Width)
                {
                    TVector value = TSimd.LoadWidened(x), v = TSimd.MultiplyAdd(value, scale, shift), a = TSimd.Min(high, TSimd.Max(low, v));
                    TVector g = TSimd.Multiply(f0, w01);
                    g = TSimd.MultiplyAdd(f2, w21, g);
                    g01 = TSimd.MultiplyAdd(a, f0, g01);
                    g21 = TSimd.MultiplyAdd(a, f2, g21);
                    g = TSimd.Inside(v, low, high, g);
                    if (TAround.IsSet) TSimd.StoreRoundedNonTemporal(g, target);
                    else TSimd.StoreRounded(g, target);
                    first = TSimd.Add(first, g);
                    second = TSimd.MultiplyAdd(g, TSimd.Subtract(value, mean), second);
                    x += xs;
                    target += ts;
                }
            }

            TSimd.Store(g00, dw);
            TSimd.Store(g01, dw + channels);
            TSimd.Store(g02, dw + (2 * channels));
            TSimd.Store(g20, dw + (6 * channels));
            TSimd.Store(g21, dw + (7 * channels));
            TSimd.Store(g22, dw + (8 * channels));
            TSimd.AddTo(first, call.FirstSums + c);
            TSimd.AddTo(second, call.SecondSums + c);
        }
    }

    /// <summary>Stride 2, a row that the middle row of taps reaches outputs from.</summary>
    [Dispatch]
    private static partial void Middle<TStored, TAround>(in DepthwiseBackwardCall call)
        where TStored : unmanaged
        where TAround : struct, IFlag;

    [MethodImpl(Compiled.Alone)]
    private static void Middle<TSimd, TVector, TStored, TAround>(in DepthwiseBackwardCall call)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TStored : unmanaged
        where TAround : struct, IFlag
    {
        nint channels = call.Channels, xs = call.X.RowStride, ts = call.Target.RowStride, step = call.Fetch.Bytes / Math.Max(1, (call.Width + 1) / 2 * (channels / TSimd.Lanes)), apart = call.Fetch.Second - call.Fetch.First;
        byte* ahead = step > 0 ? (byte*)call.Fetch.First : (byte*)call.Weights;
        if (step == 0) apart = 0;
        TVector low = TSimd.Broadcast(call.Clamp.Low), high = TSimd.Broadcast(call.Clamp.High);
        for (nint c = 0, vector = 0; c < channels; c += TSimd.Lanes, vector++)
        {
            float* w = call.Weights + c, dw = call.Dw + c, d0 = call.First + (vector * call.FirstPlane);
            TStored* x = call.X.Column<TStored>((int)c), target = call.Target.Column<TStored>((int)c);
            TVector w10 = TSimd.Load(w + (3 * channels)), w11 = TSimd.Load(w + (4 * channels)), w12 = TSimd.Load(w + (5 * channels));
            TVector g10 = TSimd.Load(dw + (3 * channels)), g11 = TSimd.Load(dw + (4 * channels)), g12 = TSimd.Load(dw + (5 * channels));
            TVector scale = TSimd.Load(call.Scale + c), shift = TSimd.Load(call.Shift + c), mean = TSimd.Load(call.Mean + c), first = TSimd.Zero, second = TSimd.Zero;
            for (int j = -call.Left; j < call.Width; j += 2, d0 += TSimd.Lanes, ahead += step)
            {
                Prefetch.Line(ahead);
                Prefetch.Line(ahead + apart);
                TVector e0 = TSimd.Load(d0), f0 = TSimd.Load(d0 + TSimd.Lanes);
                if (j >= 0)
                {
                    TVector value = TSimd.LoadWidened(x), v = TSimd.MultiplyAdd(value, scale, shift), a = TSimd.Min(high, TSimd.Max(low, v));
                    TVector g = TSimd.MultiplyAdd(f0, w10, TSimd.Multiply(e0, w12));
                    g10 = TSimd.MultiplyAdd(a, f0, g10);
                    g12 = TSimd.MultiplyAdd(a, e0, g12);
                    g = TSimd.Inside(v, low, high, g);
                    if (TAround.IsSet) TSimd.StoreRoundedNonTemporal(g, target);
                    else TSimd.StoreRounded(g, target);
                    first = TSimd.Add(first, g);
                    second = TSimd.MultiplyAdd(g, TSimd.Subtract(value, mean), second);
                    x += xs;
                    target += ts;
                }

                if (j + 1 < call.Width)
                {
                    TVector value = TSimd.LoadWidened(x), v = TSimd.MultiplyAdd(value, scale, shift), a = TSimd.Min(high, TSimd.Max(low, v));
                    TVector g = TSimd.Multiply(f0, w11);
                    g11 = TSimd.MultiplyAdd(a, f0, g11);
                    g = TSimd.Inside(v, low, high, g);
                    if (TAround.IsSet) TSimd.StoreRoundedNonTemporal(g, target);
                    else TSimd.StoreRounded(g, target);
                    first = TSimd.Add(first, g);
                    second = TSimd.MultiplyAdd(g, TSimd.Subtract(value, mean), second);
                    x += xs;
                    target += ts;
                }
            }

            TSimd.Store(g10, dw + (3 * channels));
            TSimd.Store(g11, dw + (4 * channels));
            TSimd.Store(g12, dw + (5 * channels));
            TSimd.AddTo(first, call.FirstSums + c);
            TSimd.AddTo(second, call.SecondSums + c);
        }
    }
}
