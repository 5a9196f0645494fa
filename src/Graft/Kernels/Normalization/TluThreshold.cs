using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>
/// The thresholded linear unit behind a normalization (Singh and Krishnan 2019, arXiv:1911.09737, equation 3), as backward kernels see it: the gradient passes
/// where scale (x - center) + shift, computed again
/// with the bits of the forward, is above the floor. So y need not be read.
/// </summary>
/// <param name="Scale">The factor of each channel.</param>
/// <param name="Shift">The constant of each channel.</param>
/// <param name="Floor">The threshold of each channel; null for none.</param>
internal readonly unsafe record struct TluThreshold(nint Scale, nint Shift, nint Floor)
{
    /// <summary>Of arrays of a number for each channel.</summary>
    public TluThreshold(float* scale, float* shift, float* floor)
        : this((nint)scale, (nint)shift, (nint)floor)
    {
    }

    /// <summary>Whether there is none.</summary>
    public bool IsNone => Floor == 0;

    /// <summary>What passes of a gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Pass<TSimd, TVector>(TVector gradient, TVector centered, float* scale, float* shift, float* floor)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct =>
        TSimd.SelectGreater(TSimd.MultiplyAdd(centered, TSimd.Load(scale), TSimd.Load(shift)), TSimd.Load(floor), gradient, TSimd.Zero);
}
