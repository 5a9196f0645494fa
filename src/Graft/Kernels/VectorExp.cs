using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels;

/// <summary>
/// exp of every lane: exp(x) = 2^n exp(r), n = round(x / ln 2), r = x - n ln 2, and exp(r) = 1 + r + r^2 p(r), where p is the minimax polynomial of the Cephes library (S. Moshier,
/// expf). Within 1.5 units in the last place, also without fused multiply-add. Right for zeros, subnormal results, infinities and what is not a number.
/// </summary>
/// <remarks>Several times faster than the runtime's vector function, which computes in float64.</remarks>
internal static class VectorExp
{
    // Adding it to a number below 2^22 leaves the nearest integer in the low bits.
    private const float Rounder = 12582912f;
    private const int RounderBits = 0x4B400000;
    private const int ExponentBias = 127;
    private const int ExponentShift = 23;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        // Outside these the result is 0 or infinite. The bound comes first: the hardware gives the second when one of the two is not a number.
        x = TSimd.Min(TSimd.Broadcast(89), TSimd.Max(TSimd.Broadcast(-104), x));
        TVector shifted = TSimd.Add(TSimd.Multiply(x, TSimd.Broadcast(1.44269504f)), TSimd.Broadcast(Rounder));
        TVector n = TSimd.Subtract(shifted, TSimd.Broadcast(Rounder));

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
        return Scale(TSimd.Add(p, TSimd.Broadcast(1)), shifted);
    }

    /// <summary>value 2^n, n in the low bits of <paramref name="shifted"/>; in two factors, since 2^128 and 2^-150 are no float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Scale<TVector>(TVector value, TVector shifted)
        where TVector : struct
    {
        // The compiler knows the type: one branch remains, without boxing.
        if (typeof(TVector) == typeof(Vector512<float>))
        {
            Vector512<int> n = ((Vector512<float>)(object)shifted).AsInt32() - Vector512.Create(RounderBits), half = n >> 1;
            Vector512<float> first = ((half + Vector512.Create(ExponentBias)) << ExponentShift).AsSingle();
            Vector512<float> second = ((n - half + Vector512.Create(ExponentBias)) << ExponentShift).AsSingle();
            return (TVector)(object)((Vector512<float>)(object)value * first * second);
        }

        if (typeof(TVector) == typeof(Vector256<float>))
        {
            Vector256<int> n = ((Vector256<float>)(object)shifted).AsInt32() - Vector256.Create(RounderBits), half = n >> 1;
            Vector256<float> first = ((half + Vector256.Create(ExponentBias)) << ExponentShift).AsSingle();
            Vector256<float> second = ((n - half + Vector256.Create(ExponentBias)) << ExponentShift).AsSingle();
            return (TVector)(object)((Vector256<float>)(object)value * first * second);
        }
        else
        {
            Vector128<int> n = ((Vector128<float>)(object)shifted).AsInt32() - Vector128.Create(RounderBits), half = n >> 1;
            Vector128<float> first = ((half + Vector128.Create(ExponentBias)) << ExponentShift).AsSingle();
            Vector128<float> second = ((n - half + Vector128.Create(ExponentBias)) << ExponentShift).AsSingle();
            return (TVector)(object)((Vector128<float>)(object)value * first * second);
        }
    }
}
