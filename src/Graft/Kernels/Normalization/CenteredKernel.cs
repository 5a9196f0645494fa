using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>
/// The pass that applies a normalization over pictures: y[r, c] = clamp(scale[c] (x[r, c] - center[c]) + shift[c]), and its backward dx[r, c] = k1[c] dy[r, c] + k2[c] (x[r, c] - center[c]) + k3[c].
/// The center is subtracted first: of values far from zero, nothing is lost then.
/// </summary>
/// <remarks>What is too large to be in the caches when it is read can be written past them, where rows are whole vectors: memory is then not read before it is written. Asking for the next picture's
/// values on the way lets memory read while it writes, as a copy does.</remarks>
internal static unsafe partial class CenteredKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(int rows, int channels, Rows x, ReadOnlySpan<float> center, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, Clamp clamp, Rows y)
    {
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < channels; c++)
                y.Column(c)[r * y.RowStride] = Math.Min(clamp.High, Math.Max(clamp.Low, (scale[c] * (x.Column(c)[r * x.RowStride] - center[c])) + shift[c]));
    }

    /// <summary>The formula of the backward.</summary>
    public static void BackwardReference(
        int rows, int channels, Rows dy, Rows x, ReadOnlySpan<float> center, ReadOnlySpan<float> k1, ReadOnlySpan<float> k2, ReadOnlySpan<float> k3, Rows dx)
    {
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < channels; c++)
                dx.Column(c)[r * dx.RowStride] = (k1[c] * dy.Column(c)[r * dy.RowStride]) + (k2[c] * (x.Column(c)[r * x.RowStride] - center[c])) + k3[c];
    }

    /// <summary>The vector path.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="x">The values.</param>
    /// <param name="center">What is subtracted from each channel.</param>
    /// <param name="scale">The factor of each channel.</param>
    /// <param name="shift">The constant of each channel.</param>
    /// <param name="clamp">The activation behind.</param>
    /// <param name="y">Receives the results.</param>
    /// <param name="around">Whether they go past the caches, if they can.</param>
    /// <param name="ahead">How many numbers further on the values lie that are needed next: they are brought into the second-level cache meanwhile.</param>
    /// <param name="floors">A threshold for each channel that results do not fall below, in place of the activation's; null for none.</param>
    public static void Run(int rows, int channels, Rows x, float* center, float* scale, float* shift, Clamp clamp, Rows y, bool around = false, nint ahead = 0, float* floors = null)
    {
        if (around && CanStoreAround(channels, y)) Run<Yes>(rows, channels, x, center, scale, shift, clamp, y, ahead, floors);
        else Run<No>(rows, channels, x, center, scale, shift, clamp, y, ahead, floors);
    }

    /// <summary>The vector path of the backward.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="dy">The gradients of the output.</param>
    /// <param name="x">The values.</param>
    /// <param name="center">What is subtracted from each channel.</param>
    /// <param name="k1">The factor of the gradient.</param>
    /// <param name="k2">The factor of the value.</param>
    /// <param name="k3">The constant.</param>
    /// <param name="dx">Receives the gradients of the input.</param>
    /// <param name="around">Whether they go past the caches, if they can.</param>
    /// <param name="ahead">How many numbers further on the gradients and values lie that are needed next: they are brought into the second-level cache meanwhile.</param>
    /// <param name="threshold">The thresholds that <paramref name="dy"/> passes first, if there are any.</param>
    public static void Backward(
        int rows, int channels, Rows dy, Rows x, float* center, float* k1, float* k2, float* k3, Rows dx, bool around = false, nint ahead = 0, Threshold threshold = default)
    {
        bool stores = around && CanStoreAround(channels, dx);
        if (stores && threshold.IsNone) Backward<Yes, No>(rows, channels, dy, x, center, k1, k2, k3, dx, ahead, threshold);
        else if (stores) Backward<Yes, Yes>(rows, channels, dy, x, center, k1, k2, k3, dx, ahead, threshold);
        else if (threshold.IsNone) Backward<No, No>(rows, channels, dy, x, center, k1, k2, k3, dx, ahead, threshold);
        else Backward<No, Yes>(rows, channels, dy, x, center, k1, k2, k3, dx, ahead, threshold);
    }

    private static bool CanStoreAround(int channels, Rows target) =>
        channels % SimdWidth.Lanes == 0 && target.RowStride % SimdWidth.Lanes == 0 && target.PlaneStride == SimdWidth.Lanes && (nuint)target.Start % (nuint)(SimdWidth.Lanes * sizeof(float)) == 0;

    private static void Run<TAround>(int rows, int channels, Rows x, float* center, float* scale, float* shift, Clamp clamp, Rows y, nint ahead, float* floors)
        where TAround : struct, IFlag
    {
        Columns<TAround>(rows, channels, x, center, scale, shift, clamp, y, ahead, floors);
        if (TAround.IsSet) NonTemporal.Fence();
    }

    [Dispatch]
    private static partial void Columns<TAround>(int rows, int channels, Rows x, float* center, float* scale, float* shift, Clamp clamp, Rows y, nint ahead, float* floors)
        where TAround : struct, IFlag;

    private static void Backward<TAround, TThreshold>(int rows, int channels, Rows dy, Rows x, float* center, float* k1, float* k2, float* k3, Rows dx, nint ahead, Threshold threshold)
        where TAround : struct, IFlag
        where TThreshold : struct, IFlag
    {
        Columns<TAround, TThreshold>(rows, channels, dy, x, center, k1, k2, k3, dx, ahead, threshold);
        if (TAround.IsSet) NonTemporal.Fence();
    }

    [Dispatch]
    private static partial void Columns<TAround, TThreshold>(int rows, int channels, Rows dy, Rows x, float* center, float* k1, float* k2, float* k3, Rows dx, nint ahead, Threshold threshold)
        where TAround : struct, IFlag
        where TThreshold : struct, IFlag;

    // Row after row, as memory lies: the hardware then sees one stream.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Columns<TSimd, TVector, TAround>(int c, int rows, int channels, Rows x, float* center, float* scale, float* shift, Clamp clamp, Rows y, nint ahead, float* floors)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TAround : struct, IFlag
    {
        int end = c + ((channels - c) / TSimd.Lanes * TSimd.Lanes);
        if (end == c) return c;
        TVector low = TSimd.Broadcast(clamp.Low), high = TSimd.Broadcast(clamp.High);
        nint every = floors == null ? 0 : -1;
        if (floors == null) floors = (float*)Unsafe.AsPointer(ref low);
        nint from = TSimd.Lanes == SimdWidth.Lanes ? x.PlaneStride : TSimd.Lanes, to = TSimd.Lanes == SimdWidth.Lanes ? y.PlaneStride : TSimd.Lanes;
        float* source = x.Column(c), target = y.Column(c);
        for (int r = 0; r < rows; r++, source += x.RowStride, target += y.RowStride)
        {
            float* s = source, t = target;
            for (nint i = c; i < end; i += TSimd.Lanes, s += from, t += to)
            {
                Fetch.Line((byte*)(s + ahead));
                TVector centered = TSimd.Subtract(TSimd.Load(s), TSimd.Load(center + i));
                TVector result = TSimd.Min(high, TSimd.Max(TSimd.Load(floors + (i & every)), TSimd.MultiplyAdd(centered, TSimd.Load(scale + i), TSimd.Load(shift + i))));
                if (TAround.IsSet) TSimd.StoreNonTemporal(result, t);
                else TSimd.Store(result, t);
            }
        }

        return end;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Columns<TSimd, TVector, TAround, TThreshold>(
        int c, int rows, int channels, Rows dy, Rows x, float* center, float* k1, float* k2, float* k3, Rows dx, nint ahead, Threshold threshold)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TAround : struct, IFlag
        where TThreshold : struct, IFlag
    {
        int end = c + ((channels - c) / TSimd.Lanes * TSimd.Lanes);
        if (end == c) return c;
        bool isWhole = TSimd.Lanes == SimdWidth.Lanes;
        nint gs = isWhole ? dy.PlaneStride : TSimd.Lanes, xs = isWhole ? x.PlaneStride : TSimd.Lanes, ds = isWhole ? dx.PlaneStride : TSimd.Lanes;
        float* gradient = dy.Column(c), value = x.Column(c), target = dx.Column(c), scale = (float*)threshold.Scale, shift = (float*)threshold.Shift, floor = (float*)threshold.Floor;
        for (int r = 0; r < rows; r++, gradient += dy.RowStride, value += x.RowStride, target += dx.RowStride)
        {
            float* from = gradient, at = value, to = target;
            for (nint i = c; i < end; i += TSimd.Lanes, from += gs, at += xs, to += ds)
            {
                Fetch.Line((byte*)(from + ahead));
                Fetch.Line((byte*)(at + ahead));
                TVector centered = TSimd.Subtract(TSimd.Load(at), TSimd.Load(center + i));
                TVector passed = TSimd.Load(from);
                if (TThreshold.IsSet) passed = Threshold.Pass<TSimd, TVector>(passed, centered, scale + i, shift + i, floor + i);
                TVector result = TSimd.MultiplyAdd(passed, TSimd.Load(k1 + i), TSimd.MultiplyAdd(centered, TSimd.Load(k2 + i), TSimd.Load(k3 + i)));
                if (TAround.IsSet) TSimd.StoreNonTemporal(result, to);
                else TSimd.Store(result, to);
            }
        }

        return end;
    }
}
