using System.Runtime.CompilerServices;

namespace Graft.Kernels.Reservoirs;

/// <summary>
/// tanh of every lane: with e = exp(-2|x|) - 1, tanh|x| = -e / (e + 2), and e = 2^n (exp(r) - 1) + (2^n - 1), n = round(-2|x| / ln 2), r = -2|x| - n ln 2; so that no digit is lost near zero.
/// Within 3 units in the last place, also without fused multiply-add. Right for zeros, infinities and what is not a number.
/// </summary>
internal static class VectorTanh
{
    // Beyond these tanh is 1 to the last digit.
    private const double LastSingle = 10, LastDouble = 20;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Tanh<TLanes, TVector, T>(TVector x)
        where TLanes : struct, IStateLanes<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        bool single = typeof(T) == typeof(float);

        // The bound comes first: the hardware gives the second when one of the two is not a number.
        TVector size = TLanes.Min(TLanes.Broadcast(single ? LastSingle : LastDouble), TLanes.Abs(x));
        TVector z = TLanes.Multiply(size, TLanes.Broadcast(-2));
        TVector rounder = TLanes.Broadcast(single ? ExponentBits.RounderSingle : ExponentBits.RounderDouble);
        TVector shifted = TLanes.Add(TLanes.Multiply(z, TLanes.Broadcast(1.4426950408889634)), rounder);
        TVector n = TLanes.Subtract(shifted, rounder);

        // ln 2 in two parts, the first short enough for its product with n to be exact.
        TVector r = TLanes.MultiplyAdd(n, TLanes.Broadcast(single ? -0.693359375 : -6.93147180369123816490e-01), z);
        r = TLanes.MultiplyAdd(n, TLanes.Broadcast(single ? 2.12194440e-4 : -1.90821492927058770002e-10), r);
        TVector p = TLanes.MultiplyAdd(single ? Single<TLanes, TVector, T>(r) : Double<TLanes, TVector, T>(r), TLanes.Multiply(r, r), r);

        TVector power = TLanes.PowerOfTwo(shifted);
        TVector e = TLanes.MultiplyAdd(power, p, TLanes.Subtract(power, TLanes.Broadcast(1)));
        return TLanes.CopySign(TLanes.Divide(e, TLanes.Add(e, TLanes.Broadcast(2))), x);
    }

    /// <summary>(exp(r) - 1 - r) / r^2: the minimax polynomial of the Cephes library (S. Moshier, expf).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Single<TLanes, TVector, T>(TVector r)
        where TLanes : struct, IStateLanes<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        TVector p = TLanes.Broadcast(1.9875691500e-4);
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1.3981999507e-3));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(8.3334519073e-3));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(4.1665795894e-2));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1.6666665459e-1));
        return TLanes.MultiplyAdd(p, r, TLanes.Broadcast(5.0000001201e-1));
    }

    /// <summary>(exp(r) - 1 - r) / r^2: the series up to r^11 / 13!, in two halves that run side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Double<TLanes, TVector, T>(TVector r)
        where TLanes : struct, IStateLanes<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        TVector square = TLanes.Multiply(r, r);
        TVector odd = TLanes.Broadcast(1.0 / 6227020800);
        TVector even = TLanes.Broadcast(1.0 / 479001600);
        odd = TLanes.MultiplyAdd(odd, square, TLanes.Broadcast(1.0 / 39916800));
        even = TLanes.MultiplyAdd(even, square, TLanes.Broadcast(1.0 / 3628800));
        odd = TLanes.MultiplyAdd(odd, square, TLanes.Broadcast(1.0 / 362880));
        even = TLanes.MultiplyAdd(even, square, TLanes.Broadcast(1.0 / 40320));
        odd = TLanes.MultiplyAdd(odd, square, TLanes.Broadcast(1.0 / 5040));
        even = TLanes.MultiplyAdd(even, square, TLanes.Broadcast(1.0 / 720));
        odd = TLanes.MultiplyAdd(odd, square, TLanes.Broadcast(1.0 / 120));
        even = TLanes.MultiplyAdd(even, square, TLanes.Broadcast(1.0 / 24));
        odd = TLanes.MultiplyAdd(odd, square, TLanes.Broadcast(1.0 / 6));
        even = TLanes.MultiplyAdd(even, square, TLanes.Broadcast(0.5));
        return TLanes.MultiplyAdd(odd, r, even);
    }
}
