using System.Runtime.InteropServices;

namespace Graft.Memory;

/// <summary>Pages with machine code: written, then made readable and executable, never writable and executable at once. They stay for the life of the process.</summary>
internal static unsafe partial class ExecutableMemory
{
    private const int Read = 1, Write = 2, Execute = 4, Private = 2, AnonymousLinux = 0x20, AnonymousApple = 0x1000;
    private const uint Commit = 0x1000, Reserve = 0x2000, Release = 0x8000, ReadWrite = 0x04, ExecuteRead = 0x20;

    /// <summary>Pages that hold the code; null where the system refuses, as hardened ones do.</summary>
    public static byte* Hold(ReadOnlySpan<byte> code)
    {
        try
        {
            return OperatingSystem.IsWindows() ? HoldOnWindows(code) : HoldOnUnix(code);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            return null;
        }
    }

    private static byte* HoldOnUnix(ReadOnlySpan<byte> code)
    {
        byte* pages = Map(null, (nuint)code.Length, Read | Write, Private | (OperatingSystem.IsLinux() ? AnonymousLinux : AnonymousApple), -1, 0);
        if ((nint)pages == -1) return null;
        code.CopyTo(new Span<byte>(pages, code.Length));
        if (Protect(pages, (nuint)code.Length, Read | Execute) == 0) return pages;
        _ = Unmap(pages, (nuint)code.Length);
        return null;
    }

    private static byte* HoldOnWindows(ReadOnlySpan<byte> code)
    {
        byte* pages = VirtualAlloc(null, (nuint)code.Length, Commit | Reserve, ReadWrite);
        if (pages == null) return null;
        code.CopyTo(new Span<byte>(pages, code.Length));
        if (VirtualProtect(pages, (nuint)code.Length, ExecuteRead, out _) != 0) return pages;
        _ = VirtualFree(pages, 0, Release);
        return null;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(void* where, nuint size, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* start, nuint size, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* start, nuint size);

    [LibraryImport("kernel32")]
    private static partial byte* VirtualAlloc(void* where, nuint size, uint kind, uint protection);

    [LibraryImport("kernel32")]
    private static partial int VirtualProtect(void* start, nuint size, uint protection, out uint before);

    [LibraryImport("kernel32")]
    private static partial int VirtualFree(void* start, nuint size, uint kind);
}
