using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Graft.Hosting;

/// <summary>What changes when another file gets a name, although it is as long and as old as the one before: builds and archives may give all files one time.</summary>
/// <param name="Number">The file's number in its file system, where Linux gives it.</param>
/// <param name="Changed">When anything of it changed last, its name included, which nobody can set; elsewhere when it was made.</param>
internal readonly partial record struct FileIdentity(ulong Number, long Changed)
{
    // struct statx of <linux/stat.h>, the same on every processor.
    private const int Size = 256, NumberAt = 32, SecondsAt = 96, NanosecondsAt = 104;
    private const int EmptyPath = 0x1000;
    private const uint NumberAndChange = 0x180;

    /// <summary>The identity of an open file.</summary>
    public static FileIdentity Of(SafeFileHandle handle)
    {
        Span<byte> stat = stackalloc byte[Size];
        return OperatingSystem.IsLinux() && TryStat(handle, stat)
            ? new(MemoryMarshal.Read<ulong>(stat[NumberAt..]), (MemoryMarshal.Read<long>(stat[SecondsAt..]) * 1_000_000_000) + MemoryMarshal.Read<uint>(stat[NanosecondsAt..]))
            : new(0, File.GetCreationTimeUtc(handle).Ticks);
    }

    private static bool TryStat(SafeFileHandle handle, Span<byte> stat)
    {
        try
        {
            return Stat(handle, "", EmptyPath, NumberAndChange, ref MemoryMarshal.GetReference(stat)) == 0;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(SafeFileHandle handle, string path, int flags, uint mask, ref byte stat);
}
