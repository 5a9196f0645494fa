using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>
/// Depthwise convolution of one row, seven outputs in registers. Every output is one chain of multiply-adds in the order of the window,
/// whatever the tile. A 3x3 kernel loads each pixel once for the up to three windows that it is in.
/// </summary>
internal static unsafe partial class DepthwiseKernel
{
    /// <summary>Computes a row with the widest vectors of this machine.</summary>
    [Dispatch]
    public static partial void Run(in DepthwiseCall call);

    /// <summary>The formula, summed in float64.</summary>
    public static void Reference(in DepthwiseCall call, int channels, int lanes)
    {
        for (int j = 0; j < call.Width; j++)
        {
            for (int c = 0; c < channels; c++)
            {
                double sum = call.Bias[c];
                for (int u = 0; u < call.Kernel; u++)
                {
                    for (int v = 0; v < call.Kernel; v++)
                        sum += (double)call.Rows[u][(c / lanes * call.PlaneStride) + (((j * call.Stride) + (v * call.Dilation)) * lanes) + (c % lanes)] * call.Weights[(((u * call.Kernel) + v) * channels) + c];
                }

                call.Target[(j * call.TargetStride) + c] = (float)Math.Min(Math.Max(sum, call.Clamp.Low), call.Clamp.High);
            }
        }
    }
}

/// <summary>The tiles of <see cref="DepthwiseKernel"/> for one vector width.</summary>
internal static unsafe partial class DepthwiseKernel<TSimd, TVector>
    where TSimd : struct, ISimd<TVector, float>
    where TVector : struct
{
    /// <summary>Computes a row.</summary>
    public static void Run(in DepthwiseCall call)
    {
        if (call.Width < 7) Singles(call);
        else if (call.Dilation > 1) Tiles(call);
        else if (call.Kernel == 3 && call.Stride == 1 && call.Fetch.Bytes > 0) Tiles3Stride1<Yes>(call);
        else if (call.Kernel == 3 && call.Stride == 1) Tiles3Stride1<No>(call);
        else if (call.Kernel == 3 && call.Stride == 2 && call.Fetch.Bytes > 0) Tiles3Stride2<Yes>(call);
        else if (call.Kernel == 3 && call.Stride == 2) Tiles3Stride2<No>(call);
        else Tiles(call);
    }

    /// <summary>The bytes of each range to fetch at every tile.</summary>
    private static nint FetchStep(in DepthwiseCall call) => call.Fetch.Bytes / (call.Vectors * ((call.Width + 6) / 7));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FetchLines(byte* start, nint apart, nint bytes)
    {
        for (byte* end = start + bytes; start < end; start += 64)
        {
            Prefetch.Line(start);
            Prefetch.Line(start + apart);
        }
    }

    /// <summary>Any kernel and stride, one output at a time: for images narrower than a tile.</summary>
    [MethodImpl(Compiled.Alone)]
    private static void Singles(in DepthwiseCall call)
    {
        nint step = call.Vectors * TSimd.Lanes, apart = call.Dilation * TSimd.Lanes;
        for (nint lane = 0; lane < step; lane += TSimd.Lanes)
        {
            for (int j = 0; j < call.Width; j++)
            {
                TVector sum = TSimd.Load(call.Bias + lane);
                float* weight = call.Weights + lane;
                for (int u = 0; u < call.Kernel; u++)
                {
                    float* source = call.Rows[u] + Plane(call, lane) + (j * call.Stride * TSimd.Lanes);
                    for (int v = 0; v < call.Kernel; v++, weight += step, source += apart) sum = TSimd.MultiplyAdd(TSimd.Load(source), TSimd.Load(weight), sum);
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
