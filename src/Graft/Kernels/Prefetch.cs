using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Graft.Kernels;

/// <summary>
/// What a kernel brings into the cache while it computes, for whoever comes next: two ranges of memory of one length. Arithmetic and memory then work at the same time, where otherwise each
/// would wait for the other.
/// </summary>
/// <param name="First">Where the first range begins.</param>
/// <param name="Second">Where the second range begins.</param>
/// <param name="Bytes">The length of each.</param>
internal readonly unsafe record struct Prefetch(nint First, nint Second, nint Bytes)
{
    /// <summary>One range, fetched from its beginning and from its middle.</summary>
    public static Prefetch Of(byte* start, nint bytes) => new((nint)start, (nint)start + (bytes / 2), bytes / 2);

    /// <summary>One of several equal parts.</summary>
    public Prefetch Part(int part, int parts) => new(First + (Bytes / parts * part), Second + (Bytes / parts * part), Bytes / parts);

    /// <summary>Asks for a line of memory, for the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(byte* address)
    {
        if (Sse.IsSupported) Sse.Prefetch1(address);
    }
}
