using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>Numbers in steps of a grid as bytes. Bounds come before rounding, which changes nothing where they are whole, and keeps what is rounded small.</summary>
internal static unsafe class Rounding<TSimd, TVector>
    where TSimd : struct, ISimd<TVector, float>
    where TVector : struct
{
    // Added and taken away again, it rounds what is smaller than a quarter of it to whole numbers, halves to even ones.
    private const float Rounder = 1.5f * (1 << 23);

    /// <summary>clamp(round(steps) + zero, low, high), as float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Round(TVector steps, float zero, float low, float high)
    {
        TVector inside = TSimd.Min(TSimd.Broadcast(high - zero), TSimd.Max(TSimd.Broadcast(low - zero), steps));
        return TSimd.Add(Whole(inside), TSimd.Broadcast(zero));
    }

    /// <summary>The nearest whole numbers, halves to even ones, of numbers of at most 2^21.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Whole(TVector x)
    {
        TVector rounder = TSimd.Broadcast(Rounder);
        return TSimd.Subtract(TSimd.Add(x, rounder), rounder);
    }
}
