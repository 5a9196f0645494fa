using System.Runtime.InteropServices;

namespace Graft.Formats;

/// <summary>What a name in a file system stands for, links followed: .NET tells files from folders and no more.</summary>
internal enum FileKind
{
    /// <summary>Nothing, or nothing that may be looked at.</summary>
    None,

    /// <summary>A file.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A device that takes bytes one after the other, such as <c>/dev/null</c> or a terminal; a pipe; or a file that is already open, such as <c>/dev/stdout</c>.</summary>
    Stream,

    /// <summary>A disk, or a socket: neither takes a file's bytes.</summary>
    Other,
}

/// <summary>Finds out what a name stands for.</summary>
internal static unsafe partial class FileKinds
{
    private const int CurrentFolder = -100, ModeWanted = 3, LinuxModeOffset = 28, MacModeOffset = 4, TypeBits = 0xF000;
    private const int Pipe = 0x1000, CharacterDevice = 0x2000, Directory = 0x4000, RegularFile = 0x8000, DescriptorFlags = 1, CloseOnRun = 1;

    /// <summary>What a path leads to.</summary>
    public static FileKind Of(string path)
    {
        if (OperatingSystem.IsWindows() && path.StartsWith(@"\\.\", StringComparison.Ordinal)) return FileKind.Stream;
        if (Mode(path) is not { } mode) return System.IO.Directory.Exists(path) ? FileKind.Folder : File.Exists(path) ? FileKind.Regular : FileKind.None;
        return (mode & TypeBits) switch
        {
            RegularFile => FileKind.Regular,
            Directory => FileKind.Folder,
            Pipe or CharacterDevice => FileKind.Stream,
            _ => FileKind.Other,
        };
    }

    /// <summary>The number of an open file that a path is a name of, as <c>/dev/stdout</c> is of 1; null for every other path.</summary>
    public static int? Descriptor(string path)
    {
        if (OperatingSystem.IsWindows()) return null;
        if (path is "/dev/stdin" or "/dev/stdout" or "/dev/stderr") return path == "/dev/stdin" ? 0 : path == "/dev/stdout" ? 1 : 2;
        foreach (string folder in (string[])["/dev/fd/", "/proc/self/fd/"])
            if (path.StartsWith(folder, StringComparison.Ordinal) && int.TryParse(path.AsSpan(folder.Length), out int number)) return number;
        return null;
    }

    /// <summary>Whether an open file came with the process. Where none did, the runtime opens files of its own under its number, and who reads waits for ever.</summary>
    public static bool IsInherited(int descriptor)
    {
        // What comes from another program is what is not closed when that runs this one.
        if (OperatingSystem.IsWindows()) return true;
        int flags = Control(descriptor, DescriptorFlags);
        return flags >= 0 && (flags & CloseOnRun) == 0;
    }

    // The type and the rights of a file; null where there is none or the system does not tell.
    private static int? Mode(string path)
    {
        byte* answer = stackalloc byte[512];
        try
        {
            if (OperatingSystem.IsLinux()) return StatX(CurrentFolder, path, 0, ModeWanted, answer) == 0 ? *(ushort*)(answer + LinuxModeOffset) : null;
            if (OperatingSystem.IsMacOS()) return (RuntimeInformation.ProcessArchitecture == Architecture.X64 ? Stat64(path, answer) : Stat(path, answer)) == 0 ? *(ushort*)(answer + MacModeOffset) : null;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // An older system: files and folders are told apart all the same.
        }

        return null;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, byte* answer);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, byte* answer);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat64(string path, byte* answer);
}
