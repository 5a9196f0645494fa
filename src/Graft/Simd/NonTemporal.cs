using System.Runtime.Intrinsics.X86;

namespace Graft.Simd;

/// <summary>What belongs to stores past the caches.</summary>
internal static class NonTemporal
{
    /// <summary>Waits until such stores can be seen by other threads.</summary>
    public static void Fence()
    {
        if (Sse.IsSupported) Sse.StoreFence();
    }
}
