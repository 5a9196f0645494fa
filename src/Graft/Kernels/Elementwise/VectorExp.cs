using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Elementwise;

/// <summary>
/// exp of every lane: exp(x) = 2^n exp(r), n = round(x / ln 2), r = x - n ln 2, and exp(r) = 1 + r + r^2 p(r), where p is the minimax polynomial of the Cephes library (S. Moshier,
/// expf). Within 1.5 units in the last place, also without fused multiply-add. Right for zeros, subnormal results, infinities and what is not a number.
/// </summary>
/// <remarks>Several times faster than the runtime's vector function, which computes in float64.</remarks>
internal static class VectorExp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        // Outside these the result is 0 or infinite. The bound comes first: the hardware gives the second when one of the two is not a number.
        x = TSimd.Min(TSimd.Broadcast(89), TSimd.Max(TSimd.Broadcast(-104), x));
        TVector shifted = TSimd.Add(TSimd.Multiply(x, TSimd.Broadcast(1.44269504f)), TSimd.Broadcast(ExponentBits.RounderSingle));
        TVector n = TSimd.Subtract(shifted, TSimd.Broadcast(ExponentBits.RounderSingle));

        // ln 2 in two parts, the first short enough for its product with n to be exact.
        TVector r = TSimd.MultiplyAdd(n, TSimd.Broadcast(-0.693359375f), x);
        r = TSimd.MultiplyAdd(n, TSimd.Broadcast(2.12194440e-4f), r);

        TVector p = TSimd.Broadcast(1.9875691500e-4f);
        p = TSimd.MultiplyAdd(p, r, TSimd.Broadcast(1.3981999507e-3f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Broadcast(8.3334519073e-3f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Broadcast(4.1665795894e-2f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Broadcast(1.6666665459e-1f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Broadcast(5.0000001201e-1f));
        p = TSimd.MultiplyAdd(p, TSimd.Multiply(r, r), r);
        return TSimd.Scale(TSimd.Add(p, TSimd.Broadcast(1)), shifted);
    }
}
