using System.Runtime.InteropServices;

namespace Graft.Memory;

/// <summary>
/// Zeroed memory outside the garbage collector's heap, in pages of 2 MB where Linux gives them: weights are read from end to end by every call, and with pages of 4 KB
/// the address translation of a few thousand pages is a cost of its own.
/// </summary>
internal sealed unsafe partial class HugeMemory : IDisposable
{
    private const nuint PageSize = 2 << 20;
    private const int AdviseHugePages = 14;

    /// <summary>Allocates memory; the finalizer frees it.</summary>
    /// <param name="bytes">The size.</param>
    public HugeMemory(nuint bytes)
    {
        // Less than a page is not worth one.
        nuint alignment = bytes < PageSize ? 64 : PageSize, size = (bytes + alignment - 1) / alignment * alignment;
        Pointer = (byte*)NativeMemory.AlignedAlloc(size, alignment);
        GC.AddMemoryPressure(Size = (long)size);
        if (alignment == PageSize && OperatingSystem.IsLinux()) Advise(Pointer, size);
        NativeMemory.Clear(Pointer, size);
    }

    ~HugeMemory() => Free();

    /// <summary>The start, a multiple of 64.</summary>
    public byte* Pointer { get; private set; }

    private long Size { get; }

    /// <summary>Gives the memory back now.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(Pointer);
        if (Pointer != null && Size > 0) GC.RemoveMemoryPressure(Size);
        Pointer = null;
    }

    /// <summary>Only advice: where it is refused, or there is no such function, memory stays in small pages.</summary>
    private static void Advise(byte* start, nuint size)
    {
        try
        {
            _ = MemoryAdvise(start, size, AdviseHugePages);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(void* start, nuint size, int advice);
}
