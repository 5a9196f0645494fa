using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>Copies some channels of a row of pixels into planes: one for each vector of channels, its pixels side by side.</summary>
internal static unsafe partial class PlaneCopy
{
    /// <summary>Copies a row with the widest vectors of this machine.</summary>
    /// <param name="source">The first pixel's first channel.</param>
    /// <param name="sourceStride">From one pixel to the next.</param>
    /// <param name="channels">The number of channels; the rest of the last vector becomes zeros.</param>
    /// <param name="pixels">The number of pixels.</param>
    /// <param name="target">The first plane.</param>
    /// <param name="planeStride">From one plane to the next.</param>
    [Dispatch]
    public static partial void Run(float* source, nint sourceStride, int channels, int pixels, float* target, nint planeStride);
}

/// <summary><see cref="PlaneCopy"/> for one vector width.</summary>
internal static unsafe partial class PlaneCopy<TSimd, TVector>
    where TSimd : struct, ISimd<TVector, float>
    where TVector : struct
{
    [MethodImpl(Compiled.Alone)]
    public static void Run(float* source, nint sourceStride, int channels, int pixels, float* target, nint planeStride)
    {
        for (; channels > 0; channels -= TSimd.Lanes, source += TSimd.Lanes, target += planeStride)
        {
            float* from = source, to = target;
            if (channels >= TSimd.Lanes)
            {
                for (int j = 0; j < pixels; j++, from += sourceStride, to += TSimd.Lanes) TSimd.Store(TSimd.Load(from), to);
                continue;
            }

            for (int j = 0; j < pixels; j++, from += sourceStride, to += TSimd.Lanes)
            {
                TSimd.Store(TSimd.Zero, to);
                for (int c = 0; c < channels; c++) to[c] = from[c];
            }
        }
    }
}
