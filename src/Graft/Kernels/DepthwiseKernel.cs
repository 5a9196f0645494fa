using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels;

/// <summary>
/// Depthwise convolution of one row, seven outputs in registers. Every output is one chain of multiply-adds in the order of the window,
/// whatever the tile. A 3x3 kernel loads each pixel once for the up to three windows that it is in.
/// </summary>
internal static unsafe class DepthwiseKernel
{
    /// <summary>Computes a row with the widest vectors of this machine.</summary>
    public static void Run(in DepthwiseCall call)
    {
        if (Vector512.IsHardwareAccelerated) DepthwiseKernel<Simd512, Vector512<float>>.Run(call);
        else if (Vector256.IsHardwareAccelerated) DepthwiseKernel<Simd256, Vector256<float>>.Run(call);
        else DepthwiseKernel<Simd128, Vector128<float>>.Run(call);
    }

    /// <summary>The formula, summed in float64.</summary>
    public static void Reference(in DepthwiseCall call, int channels, int lanes)
    {
        for (int j = 0; j < call.Width; j++)
            for (int c = 0; c < channels; c++)
            {
                double sum = call.Bias[c];
                for (int u = 0; u < call.Kernel; u++)
                    for (int v = 0; v < call.Kernel; v++)
                        sum += (double)call.Rows[u][(c / lanes * call.PlaneStride) + (((j * call.Stride) + v) * lanes) + (c % lanes)] * call.Weights[(((u * call.Kernel) + v) * channels) + c];
                call.Target[(j * call.TargetStride) + c] = (float)Math.Min(Math.Max(sum, call.Clamp.Low), call.Clamp.High);
            }
    }
}

/// <summary>The tiles of <see cref="DepthwiseKernel"/> for one vector width.</summary>
internal static unsafe class DepthwiseKernel<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes a row.</summary>
    public static void Run(in DepthwiseCall call)
    {
        if (call.Width < 7) Singles(call);
        else if (call.Kernel == 3 && call.Stride == 1 && call.Fetch.Bytes > 0) Tiles3Stride1<Yes>(call);
        else if (call.Kernel == 3 && call.Stride == 1) Tiles3Stride1<No>(call);
        else if (call.Kernel == 3 && call.Stride == 2 && call.Fetch.Bytes > 0) Tiles3Stride2<Yes>(call);
        else if (call.Kernel == 3 && call.Stride == 2) Tiles3Stride2<No>(call);
        else Tiles(call);
    }

    /// <summary>3x3, stride 1. The nine weights stay in registers where there are 32: loads are what this is bound by.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles3Stride1<TFetch>(in DepthwiseCall call)
        where TFetch : struct, IFlag
    {
        nint step = call.Vectors * TSimd.Lanes, apart = call.Fetch.Second - call.Fetch.First, lines = FetchStep(call);
        byte* ahead = (byte*)call.Fetch.First;
        for (nint lane = 0; lane < step; lane += TSimd.Lanes)
        {
            float* weight = call.Weights + lane, row0 = call.Rows[0] + Plane(call, lane), row1 = call.Rows[1] + Plane(call, lane), row2 = call.Rows[2] + Plane(call, lane);
            TVector bias = TSimd.Load(call.Bias + lane);
            TVector w00 = TSimd.Load(weight), w01 = TSimd.Load(weight + step), w02 = TSimd.Load(weight + (2 * step));
            TVector w10 = TSimd.Load(weight + (3 * step)), w11 = TSimd.Load(weight + (4 * step)), w12 = TSimd.Load(weight + (5 * step));
            TVector w20 = TSimd.Load(weight + (6 * step)), w21 = TSimd.Load(weight + (7 * step)), w22 = TSimd.Load(weight + (8 * step));
            for (int j = 0; j < call.Width; j += 7)
            {
                // The last tile overlaps the one before it: the same numbers are written twice.
                j = Math.Min(j, call.Width - 7);
                nint offset = (nint)j * TSimd.Lanes;
                TVector c0 = bias, c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0;
                if (TFetch.IsSet)
                {
                    FetchLines(ahead, apart, lines);
                    ahead += lines;
                }

                Row3Stride1(row0 + offset, w00, w01, w02, ref c0, ref c1, ref c2, ref c3, ref c4, ref c5, ref c6);
                Row3Stride1(row1 + offset, w10, w11, w12, ref c0, ref c1, ref c2, ref c3, ref c4, ref c5, ref c6);
                Row3Stride1(row2 + offset, w20, w21, w22, ref c0, ref c1, ref c2, ref c3, ref c4, ref c5, ref c6);
                Finish(call, j, lane, c0);
                Finish(call, j + 1, lane, c1);
                Finish(call, j + 2, lane, c2);
                Finish(call, j + 3, lane, c3);
                Finish(call, j + 4, lane, c4);
                Finish(call, j + 5, lane, c5);
                Finish(call, j + 6, lane, c6);
            }
        }
    }

    /// <summary>3x3, stride 2. The nine weights stay in registers where there are 32: loads are what this is bound by.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles3Stride2<TFetch>(in DepthwiseCall call)
        where TFetch : struct, IFlag
    {
        nint step = call.Vectors * TSimd.Lanes, apart = call.Fetch.Second - call.Fetch.First, lines = FetchStep(call);
        byte* ahead = (byte*)call.Fetch.First;
        for (nint lane = 0; lane < step; lane += TSimd.Lanes)
        {
            float* weight = call.Weights + lane, row0 = call.Rows[0] + Plane(call, lane), row1 = call.Rows[1] + Plane(call, lane), row2 = call.Rows[2] + Plane(call, lane);
            TVector bias = TSimd.Load(call.Bias + lane);
            TVector w00 = TSimd.Load(weight), w01 = TSimd.Load(weight + step), w02 = TSimd.Load(weight + (2 * step));
            TVector w10 = TSimd.Load(weight + (3 * step)), w11 = TSimd.Load(weight + (4 * step)), w12 = TSimd.Load(weight + (5 * step));
            TVector w20 = TSimd.Load(weight + (6 * step)), w21 = TSimd.Load(weight + (7 * step)), w22 = TSimd.Load(weight + (8 * step));
            for (int j = 0; j < call.Width; j += 7)
            {
                // The last tile overlaps the one before it: the same numbers are written twice.
                j = Math.Min(j, call.Width - 7);
                nint offset = (nint)j * 2 * TSimd.Lanes;
                TVector c0 = bias, c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0;
                if (TFetch.IsSet)
                {
                    FetchLines(ahead, apart, lines);
                    ahead += lines;
                }

                Row3Stride2(row0 + offset, w00, w01, w02, ref c0, ref c1, ref c2, ref c3, ref c4, ref c5, ref c6);
                Row3Stride2(row1 + offset, w10, w11, w12, ref c0, ref c1, ref c2, ref c3, ref c4, ref c5, ref c6);
                Row3Stride2(row2 + offset, w20, w21, w22, ref c0, ref c1, ref c2, ref c3, ref c4, ref c5, ref c6);
                Finish(call, j, lane, c0);
                Finish(call, j + 1, lane, c1);
                Finish(call, j + 2, lane, c2);
                Finish(call, j + 3, lane, c3);
                Finish(call, j + 4, lane, c4);
                Finish(call, j + 5, lane, c5);
                Finish(call, j + 6, lane, c6);
            }
        }
    }

    /// <summary>The bytes of each range to fetch at every tile.</summary>
    private static nint FetchStep(in DepthwiseCall call) => call.Fetch.Bytes / (call.Vectors * ((call.Width + 6) / 7));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FetchLines(byte* start, nint apart, nint bytes)
    {
        for (byte* end = start + bytes; start < end; start += 64)
        {
            Fetch.Line(start);
            Fetch.Line(start + apart);
        }
    }

    /// <summary>Adds what one row of the window gives to seven outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row3Stride1(
        float* source, TVector w0, TVector w1, TVector w2, ref TVector c0, ref TVector c1, ref TVector c2, ref TVector c3, ref TVector c4, ref TVector c5, ref TVector c6)
    {
        TVector x;
        x = TSimd.Load(source);
        c0 = TSimd.MultiplyAdd(x, w0, c0);
        x = TSimd.Load(source + TSimd.Lanes);
        c0 = TSimd.MultiplyAdd(x, w1, c0);
        c1 = TSimd.MultiplyAdd(x, w0, c1);
        x = TSimd.Load(source + (2 * TSimd.Lanes));
        c0 = TSimd.MultiplyAdd(x, w2, c0);
        c1 = TSimd.MultiplyAdd(x, w1, c1);
        c2 = TSimd.MultiplyAdd(x, w0, c2);
        x = TSimd.Load(source + (3 * TSimd.Lanes));
        c1 = TSimd.MultiplyAdd(x, w2, c1);
        c2 = TSimd.MultiplyAdd(x, w1, c2);
        c3 = TSimd.MultiplyAdd(x, w0, c3);
        x = TSimd.Load(source + (4 * TSimd.Lanes));
        c2 = TSimd.MultiplyAdd(x, w2, c2);
        c3 = TSimd.MultiplyAdd(x, w1, c3);
        c4 = TSimd.MultiplyAdd(x, w0, c4);
        x = TSimd.Load(source + (5 * TSimd.Lanes));
        c3 = TSimd.MultiplyAdd(x, w2, c3);
        c4 = TSimd.MultiplyAdd(x, w1, c4);
        c5 = TSimd.MultiplyAdd(x, w0, c5);
        x = TSimd.Load(source + (6 * TSimd.Lanes));
        c4 = TSimd.MultiplyAdd(x, w2, c4);
        c5 = TSimd.MultiplyAdd(x, w1, c5);
        c6 = TSimd.MultiplyAdd(x, w0, c6);
        x = TSimd.Load(source + (7 * TSimd.Lanes));
        c5 = TSimd.MultiplyAdd(x, w2, c5);
        c6 = TSimd.MultiplyAdd(x, w1, c6);
        x = TSimd.Load(source + (8 * TSimd.Lanes));
        c6 = TSimd.MultiplyAdd(x, w2, c6);
    }

    /// <summary>Adds what one row of the window gives to seven outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row3Stride2(
        float* source, TVector w0, TVector w1, TVector w2, ref TVector c0, ref TVector c1, ref TVector c2, ref TVector c3, ref TVector c4, ref TVector c5, ref TVector c6)
    {
        TVector x;
        x = TSimd.Load(source);
        c0 = TSimd.MultiplyAdd(x, w0, c0);
        x = TSimd.Load(source + TSimd.Lanes);
        c0 = TSimd.MultiplyAdd(x, w1, c0);
        x = TSimd.Load(source + (2 * TSimd.Lanes));
        c0 = TSimd.MultiplyAdd(x, w2, c0);
        c1 = TSimd.MultiplyAdd(x, w0, c1);
        x = TSimd.Load(source + (3 * TSimd.Lanes));
        c1 = TSimd.MultiplyAdd(x, w1, c1);
        x = TSimd.Load(source + (4 * TSimd.Lanes));
        c1 = TSimd.MultiplyAdd(x, w2, c1);
        c2 = TSimd.MultiplyAdd(x, w0, c2);
        x = TSimd.Load(source + (5 * TSimd.Lanes));
        c2 = TSimd.MultiplyAdd(x, w1, c2);
        x = TSimd.Load(source + (6 * TSimd.Lanes));
        c2 = TSimd.MultiplyAdd(x, w2, c2);
        c3 = TSimd.MultiplyAdd(x, w0, c3);
        x = TSimd.Load(source + (7 * TSimd.Lanes));
        c3 = TSimd.MultiplyAdd(x, w1, c3);
        x = TSimd.Load(source + (8 * TSimd.Lanes));
        c3 = TSimd.MultiplyAdd(x, w2, c3);
        c4 = TSimd.MultiplyAdd(x, w0, c4);
        x = TSimd.Load(source + (9 * TSimd.Lanes));
        c4 = TSimd.MultiplyAdd(x, w1, c4);
        x = TSimd.Load(source + (10 * TSimd.Lanes));
        c4 = TSimd.MultiplyAdd(x, w2, c4);
        c5 = TSimd.MultiplyAdd(x, w0, c5);
        x = TSimd.Load(source + (11 * TSimd.Lanes));
        c5 = TSimd.MultiplyAdd(x, w1, c5);
        x = TSimd.Load(source + (12 * TSimd.Lanes));
        c5 = TSimd.MultiplyAdd(x, w2, c5);
        c6 = TSimd.MultiplyAdd(x, w0, c6);
        x = TSimd.Load(source + (13 * TSimd.Lanes));
        c6 = TSimd.MultiplyAdd(x, w1, c6);
        x = TSimd.Load(source + (14 * TSimd.Lanes));
        c6 = TSimd.MultiplyAdd(x, w2, c6);
    }

    /// <summary>Any kernel and stride, seven outputs at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles(in DepthwiseCall call)
    {
        nint window = call.Stride * TSimd.Lanes, step = call.Vectors * TSimd.Lanes;
        for (nint lane = 0; lane < step; lane += TSimd.Lanes)
        {
            for (int j = 0; j < call.Width; j += 7)
            {
                j = Math.Min(j, call.Width - 7);
                TVector c0 = TSimd.Load(call.Bias + lane), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, w;
                float* weight = call.Weights + lane;
                for (int u = 0; u < call.Kernel; u++)
                {
                    float* source = call.Rows[u] + Plane(call, lane) + (j * window);
                    for (int v = 0; v < call.Kernel; v++, weight += step, source += TSimd.Lanes)
                    {
                        w = TSimd.Load(weight);
                        c0 = TSimd.MultiplyAdd(TSimd.Load(source), w, c0);
                        c1 = TSimd.MultiplyAdd(TSimd.Load(source + window), w, c1);
                        c2 = TSimd.MultiplyAdd(TSimd.Load(source + (2 * window)), w, c2);
                        c3 = TSimd.MultiplyAdd(TSimd.Load(source + (3 * window)), w, c3);
                        c4 = TSimd.MultiplyAdd(TSimd.Load(source + (4 * window)), w, c4);
                        c5 = TSimd.MultiplyAdd(TSimd.Load(source + (5 * window)), w, c5);
                        c6 = TSimd.MultiplyAdd(TSimd.Load(source + (6 * window)), w, c6);
                    }
                }

                Finish(call, j, lane, c0);
                Finish(call, j + 1, lane, c1);
                Finish(call, j + 2, lane, c2);
                Finish(call, j + 3, lane, c3);
                Finish(call, j + 4, lane, c4);
                Finish(call, j + 5, lane, c5);
                Finish(call, j + 6, lane, c6);
            }
        }
    }

    /// <summary>Any kernel and stride, one output at a time: for images narrower than a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Singles(in DepthwiseCall call)
    {
        nint step = call.Vectors * TSimd.Lanes;
        for (nint lane = 0; lane < step; lane += TSimd.Lanes)
        {
            for (int j = 0; j < call.Width; j++)
            {
                TVector sum = TSimd.Load(call.Bias + lane);
                float* weight = call.Weights + lane;
                for (int u = 0; u < call.Kernel; u++)
                {
                    float* source = call.Rows[u] + Plane(call, lane) + (j * call.Stride * TSimd.Lanes);
                    for (int v = 0; v < call.Kernel; v++, weight += step, source += TSimd.Lanes) sum = TSimd.MultiplyAdd(TSimd.Load(source), TSimd.Load(weight), sum);
                }

                Finish(call, j, lane, sum);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Plane(in DepthwiseCall call, nint lane) => lane == 0 ? 0 : call.PlaneStride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(in DepthwiseCall call, int j, nint lane, TVector value)
    {
        TVector low = TSimd.Broadcast(call.Clamp.Low), high = TSimd.Broadcast(call.Clamp.High);
        TSimd.Store(TSimd.Min(high, TSimd.Max(low, value)), call.Target + (j * call.TargetStride) + lane);
    }
}
