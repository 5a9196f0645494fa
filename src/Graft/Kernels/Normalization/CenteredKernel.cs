using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>y[r, c] = clamp(scale[c] (x[r, c] - center[c]) + shift[c]): the pass that applies a normalization.</summary>
internal unsafe struct Centered
{
    /// <summary>The number of rows.</summary>
    public int Count;

    /// <summary>The number of channels.</summary>
    public int Channels;

    /// <summary>The values.</summary>
    public StridedRows X;

    /// <summary>What is subtracted from each channel.</summary>
    public float* Center;

    /// <summary>The factor of each channel.</summary>
    public float* Scale;

    /// <summary>The constant of each channel.</summary>
    public float* Shift;

    /// <summary>The activation behind.</summary>
    public Clamp Clamp;

    /// <summary>A threshold for each channel that results do not fall below, in place of the activation's; null for none.</summary>
    public float* Floors;

    /// <summary>Receives the results.</summary>
    public StridedRows Y;

    /// <summary>Whether they go past the caches, if they can.</summary>
    public bool StoresNonTemporal;

    /// <summary>How many numbers further on the values lie that are needed next: they are brought into the second-level cache meanwhile.</summary>
    public nint Ahead;
}

/// <summary>dx[r, c] = k1[c] dy[r, c] + k2[c] (x[r, c] - center[c]) + k3[c]: the pass that applies its backward.</summary>
internal unsafe struct CenteredGradient
{
    /// <summary>The number of rows.</summary>
    public int Count;

    /// <summary>The number of channels.</summary>
    public int Channels;

    /// <summary>The gradients of the output.</summary>
    public StridedRows Dy;

    /// <summary>The values.</summary>
    public StridedRows X;

    /// <summary>What is subtracted from each channel.</summary>
    public float* Center;

    /// <summary>The factor of the gradient.</summary>
    public float* K1;

    /// <summary>The factor of the value.</summary>
    public float* K2;

    /// <summary>The constant.</summary>
    public float* K3;

    /// <summary>The thresholds that <see cref="Dy"/> passes first, if there are any.</summary>
    public TluThreshold Threshold;

    /// <summary>Receives the gradients of the input.</summary>
    public StridedRows Dx;

    /// <summary>Whether they go past the caches, if they can.</summary>
    public bool StoresNonTemporal;

    /// <summary>How many numbers further on the gradients and values lie that are needed next.</summary>
    public nint Ahead;
}

/// <summary>
/// Computes a <see cref="Centered"/> and a <see cref="CenteredGradient"/>. The center is subtracted first: of values far from zero, nothing is lost then.
/// </summary>
/// <remarks>What is too large to be in the caches when it is read can be written past them, where rows are whole vectors: memory is then not read before it is
/// written. Asking for the next image's
/// values on the way lets memory read while it writes, as a copy does.</remarks>
internal static unsafe partial class CenteredKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(in Centered call)
    {
        for (int r = 0; r < call.Count; r++)
        {
            for (int c = 0; c < call.Channels; c++)
            {
                float y = (call.Scale[c] * (call.X.Column(c)[r * call.X.RowStride] - call.Center[c])) + call.Shift[c];
                call.Y.Column(c)[r * call.Y.RowStride] = Math.Min(call.Clamp.High, Math.Max(call.Floors == null ? call.Clamp.Low : call.Floors[c], y));
            }
        }
    }

    /// <summary>The formula of the backward.</summary>
    public static void Reference(in CenteredGradient call)
    {
        for (int r = 0; r < call.Count; r++)
        {
            for (int c = 0; c < call.Channels; c++)
            {
                float dy = call.Dy.Column(c)[r * call.Dy.RowStride], x = call.X.Column(c)[r * call.X.RowStride] - call.Center[c];
                call.Dx.Column(c)[r * call.Dx.RowStride] = (call.K1[c] * dy) + (call.K2[c] * x) + call.K3[c];
            }
        }
    }

    /// <summary>The vector path.</summary>
    public static void Run(in Centered call)
    {
        bool around = call.StoresNonTemporal && CanStoreNonTemporal(call.Channels, call.Y);
        if (around) Columns<Yes>(call);
        else Columns<No>(call);
        if (around) NonTemporal.Fence();
    }

    /// <summary>The vector path of the backward.</summary>
    public static void Run(in CenteredGradient call)
    {
        bool around = call.StoresNonTemporal && CanStoreNonTemporal(call.Channels, call.Dx);
        if (around && call.Threshold.IsNone) Columns<Yes, No>(call);
        else if (around) Columns<Yes, Yes>(call);
        else if (call.Threshold.IsNone) Columns<No, No>(call);
        else Columns<No, Yes>(call);
        if (around) NonTemporal.Fence();
    }

    private static bool CanStoreNonTemporal(int channels, StridedRows target) =>
        channels % SimdWidth.Lanes == 0 && target.RowStride % SimdWidth.Lanes == 0 && target.PlaneStride == SimdWidth.Lanes && (nuint)target.Start % (nuint)(SimdWidth.Lanes * sizeof(float)) == 0;

    [Dispatch]
    private static partial void Columns<TAround>(in Centered call)
        where TAround : struct, IFlag;

    [Dispatch]
    private static partial void Columns<TAround, TThreshold>(in CenteredGradient call)
        where TAround : struct, IFlag
        where TThreshold : struct, IFlag;

    // Row after row, as memory lies: the hardware then sees one stream.
    [MethodImpl(Compiled.Alone)]
    private static int Columns<TSimd, TVector, TAround>(int c, in Centered call)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TAround : struct, IFlag
    {
        int rows = call.Count, end = c + ((call.Channels - c) / TSimd.Lanes * TSimd.Lanes);
        if (end == c) return c;
        StridedRows x = call.X, y = call.Y;
        float* center = call.Center, scale = call.Scale, shift = call.Shift, floors = call.Floors;
        nint ahead = call.Ahead;
        TVector low = TSimd.Broadcast(call.Clamp.Low), high = TSimd.Broadcast(call.Clamp.High);
        nint every = floors == null ? 0 : -1;
        if (floors == null) floors = (float*)Unsafe.AsPointer(ref low);
        nint from = TSimd.Lanes == SimdWidth.Lanes ? x.PlaneStride : TSimd.Lanes, to = TSimd.Lanes == SimdWidth.Lanes ? y.PlaneStride : TSimd.Lanes;
        float* source = x.Column(c), target = y.Column(c);
        for (int r = 0; r < rows; r++, source += x.RowStride, target += y.RowStride)
        {
            float* s = source, t = target;
            for (nint i = c; i < end; i += TSimd.Lanes, s += from, t += to)
            {
                Prefetch.Line((byte*)(s + ahead));
                TVector centered = TSimd.Subtract(TSimd.Load(s), TSimd.Load(center + i));
                TVector result = TSimd.Min(high, TSimd.Max(TSimd.Load(floors + (i & every)), TSimd.MultiplyAdd(centered, TSimd.Load(scale + i), TSimd.Load(shift + i))));
                if (TAround.IsSet) TSimd.StoreNonTemporal(result, t);
                else TSimd.Store(result, t);
            }
        }

        return end;
    }

    [MethodImpl(Compiled.Alone)]
    private static int Columns<TSimd, TVector, TAround, TThreshold>(int c, in CenteredGradient call)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TAround : struct, IFlag
        where TThreshold : struct, IFlag
    {
        int rows = call.Count, end = c + ((call.Channels - c) / TSimd.Lanes * TSimd.Lanes);
        if (end == c) return c;
        StridedRows dy = call.Dy, x = call.X, dx = call.Dx;
        float* center = call.Center, k1 = call.K1, k2 = call.K2, k3 = call.K3;
        nint ahead = call.Ahead;
        TluThreshold threshold = call.Threshold;
        bool isWhole = TSimd.Lanes == SimdWidth.Lanes;
        nint gs = isWhole ? dy.PlaneStride : TSimd.Lanes, xs = isWhole ? x.PlaneStride : TSimd.Lanes, ds = isWhole ? dx.PlaneStride : TSimd.Lanes;
        float* gradient = dy.Column(c), value = x.Column(c), target = dx.Column(c), scale = (float*)threshold.Scale, shift = (float*)threshold.Shift, floor = (float*)threshold.Floor;
        for (int r = 0; r < rows; r++, gradient += dy.RowStride, value += x.RowStride, target += dx.RowStride)
        {
            float* from = gradient, at = value, to = target;
            for (nint i = c; i < end; i += TSimd.Lanes, from += gs, at += xs, to += ds)
            {
                Prefetch.Line((byte*)(from + ahead));
                Prefetch.Line((byte*)(at + ahead));
                TVector centered = TSimd.Subtract(TSimd.Load(at), TSimd.Load(center + i));
                TVector passed = TSimd.Load(from);
                if (TThreshold.IsSet) passed = TluThreshold.Pass<TSimd, TVector>(passed, centered, scale + i, shift + i, floor + i);
                TVector result = TSimd.MultiplyAdd(passed, TSimd.Load(k1 + i), TSimd.MultiplyAdd(centered, TSimd.Load(k2 + i), TSimd.Load(k3 + i)));
                if (TAround.IsSet) TSimd.StoreNonTemporal(result, to);
                else TSimd.Store(result, to);
            }
        }

        return end;
    }
}
