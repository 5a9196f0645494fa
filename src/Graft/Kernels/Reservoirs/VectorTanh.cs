using System.Runtime.CompilerServices;
using Graft.Simd;

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
    public static TVector Tanh<TSimd, TVector, T>(TVector x)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        bool single = typeof(T) == typeof(float);

        // The bound comes first: the hardware gives the second when one of the two is not a number.
        TVector size = TSimd.Min(TSimd.Constant(single ? LastSingle : LastDouble), TSimd.Abs(x));
        TVector z = TSimd.Multiply(size, TSimd.Constant(-2));
        TVector rounder = TSimd.Constant(single ? ExponentBits.RounderSingle : ExponentBits.RounderDouble);
        TVector shifted = TSimd.Add(TSimd.Multiply(z, TSimd.Constant(1.4426950408889634)), rounder);
        TVector n = TSimd.Subtract(shifted, rounder);

        // ln 2 in two parts, the first short enough for its product with n to be exact.
        TVector r = TSimd.MultiplyAdd(n, TSimd.Constant(single ? -0.693359375 : -6.93147180369123816490e-01), z);
        r = TSimd.MultiplyAdd(n, TSimd.Constant(single ? 2.12194440e-4 : -1.90821492927058770002e-10), r);
        TVector p = TSimd.MultiplyAdd(single ? Single<TSimd, TVector, T>(r) : Double<TSimd, TVector, T>(r), TSimd.Multiply(r, r), r);

        TVector power = TSimd.PowerOfTwo(shifted);
        TVector e = TSimd.MultiplyAdd(power, p, TSimd.Subtract(power, TSimd.Constant(1)));
        return TSimd.CopySign(TSimd.Divide(e, TSimd.Add(e, TSimd.Constant(2))), x);
    }

    /// <summary>(exp(r) - 1 - r) / r^2: the minimax polynomial of the Cephes library (S. Moshier, expf).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Single<TSimd, TVector, T>(TVector r)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        TVector p = TSimd.Constant(1.9875691500e-4);
        p = TSimd.MultiplyAdd(p, r, TSimd.Constant(1.3981999507e-3));
        p = TSimd.MultiplyAdd(p, r, TSimd.Constant(8.3334519073e-3));
        p = TSimd.MultiplyAdd(p, r, TSimd.Constant(4.1665795894e-2));
        p = TSimd.MultiplyAdd(p, r, TSimd.Constant(1.6666665459e-1));
        return TSimd.MultiplyAdd(p, r, TSimd.Constant(5.0000001201e-1));
    }

    /// <summary>(exp(r) - 1 - r) / r^2: the series up to r^11 / 13!, in two halves that run side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Double<TSimd, TVector, T>(TVector r)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        TVector square = TSimd.Multiply(r, r);
        TVector odd = TSimd.Constant(1.0 / 6227020800);
        TVector even = TSimd.Constant(1.0 / 479001600);
        odd = TSimd.MultiplyAdd(odd, square, TSimd.Constant(1.0 / 39916800));
        even = TSimd.MultiplyAdd(even, square, TSimd.Constant(1.0 / 3628800));
        odd = TSimd.MultiplyAdd(odd, square, TSimd.Constant(1.0 / 362880));
        even = TSimd.MultiplyAdd(even, square, TSimd.Constant(1.0 / 40320));
        odd = TSimd.MultiplyAdd(odd, square, TSimd.Constant(1.0 / 5040));
        even = TSimd.MultiplyAdd(even, square, TSimd.Constant(1.0 / 720));
        odd = TSimd.MultiplyAdd(odd, square, TSimd.Constant(1.0 / 120));
        even = TSimd.MultiplyAdd(even, square, TSimd.Constant(1.0 / 24));
        odd = TSimd.MultiplyAdd(odd, square, TSimd.Constant(1.0 / 6));
        even = TSimd.MultiplyAdd(even, square, TSimd.Constant(0.5));
        return TSimd.MultiplyAdd(odd, r, even);
    }
}
