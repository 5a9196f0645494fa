using System.Runtime.Intrinsics;

namespace Graft.Simd;

/// <summary>The vector width of this machine: constants to the compiler.</summary>
internal static class SimdWidth
{
    /// <summary>The number of float32 lanes of the widest vector that the hardware runs; 4 where it runs none.</summary>
    public static int Lanes => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

    /// <summary>The number of lanes of other numbers of that vector.</summary>
    public static unsafe int Of<T>()
        where T : unmanaged => Lanes * sizeof(float) / sizeof(T);

    /// <summary>The smallest number of whole vectors' lanes that holds <paramref name="count"/> numbers.</summary>
    public static int RoundUp(int count, int lanes) => (count + lanes - 1) / lanes * lanes;
}
