using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels;

/// <summary>The square root of each lane, correctly rounded.</summary>
internal static class VectorSqrt
{
    /// <summary>The square roots; what is negative gives what is not a number.</summary>
    /// <typeparam name="TVector">One of the three vectors of float32. The compiler keeps only its branch.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sqrt<TVector>(TVector x)
        where TVector : struct
    {
        if (typeof(TVector) == typeof(Vector512<float>)) return Unsafe.BitCast<Vector512<float>, TVector>(Vector512.Sqrt(Unsafe.BitCast<TVector, Vector512<float>>(x)));
        if (typeof(TVector) == typeof(Vector256<float>)) return Unsafe.BitCast<Vector256<float>, TVector>(Vector256.Sqrt(Unsafe.BitCast<TVector, Vector256<float>>(x)));
        return Unsafe.BitCast<Vector128<float>, TVector>(Vector128.Sqrt(Unsafe.BitCast<TVector, Vector128<float>>(x)));
    }
}
