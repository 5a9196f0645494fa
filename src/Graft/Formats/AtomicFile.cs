using Microsoft.Win32.SafeHandles;

namespace Graft.Formats;

/// <summary>
/// Writes a file so that its final name always means a whole file: the bytes go to a hidden file in the same folder, to the disk, and only then
/// under the name. A process killed on the way leaves at most that hidden file, which nothing reads and which the next write of the same name removes.
/// </summary>
/// <remarks>
/// Only regular files are replaced, and keep their rights. A link stays, and what it leads to is replaced. A pipe or a device that takes bytes, such as <c>/dev/stdout</c> or <c>/dev/null</c>, is written
/// through: it gets all bytes, or none where making them fails. Folders, disks and sockets are refused.
/// </remarks>
internal static class AtomicFile
{
    private const string Suffix = ".graft-tmp";

    // Younger files may belong to a process that has made its file but not yet locked it.
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(1);

    /// <summary>Writes a file, replacing one of that name.</summary>
    /// <param name="path">The final name. Its folder must exist.</param>
    /// <param name="write">Writes the bytes. When it throws, the file of that name stays as it was.</param>
    /// <exception cref="IOException">The folder is missing, full or not writable, the name is not that of a file, or the bytes did not reach the disk.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, DiskFlush.System);

    /// <summary>Makes sure, before long work, that its result can be written afterwards.</summary>
    /// <param name="path">The name that will be written.</param>
    /// <exception cref="IOException">The folder is missing or not writable, or the name is not that of a file.</exception>
    public static void RequireWritable(string path)
    {
        if (Target(path) is not { } target) return;
        string folder = Path.GetDirectoryName(target)!;
        if (File.Exists(folder)) throw new IOException($"'{path}' cannot be written: '{folder}' is a file, not a folder. Name a file in a folder.");
        if (!Directory.Exists(folder)) throw new IOException($"There is no folder '{folder}' to write '{Path.GetFileName(target)}' into. Make it first.");
        if (Refusal(folder) is { } refusal) throw new IOException($"'{path}' cannot be written: the folder '{folder}' takes no files ({refusal.Why}).", refusal.Cause);
    }

    /// <summary>Makes sure, before long work, that files can be written into a folder, which need not be there yet.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">A file is in its place or in that of a folder above it, or the folder that it is, or is made in, is not writable.</exception>
    public static void RequireWritableFolder(string path)
    {
        string place = Path.GetFullPath(path);
        while (!Path.Exists(place) && Path.GetDirectoryName(place) is { } above) place = above;
        if (!Directory.Exists(place)) throw new IOException($"'{place}' is a file, not a folder. Name another folder.");
        if (Refusal(place) is { } refusal) throw new IOException($"The folder '{place}' takes no files ({refusal.Why}). Name another one.", refusal.Cause);
    }

    /// <summary>Waits until everything that was written to a file, one that grows for example, has reached the disk.</summary>
    /// <param name="file">The open file.</param>
    /// <exception cref="IOException">It did not get there.</exception>
    public static void Flush(FileStream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        file.Flush();
        DiskFlush.System.File(file.SafeFileHandle, file.Name);
    }

    internal static void Write(string path, Action<Stream> write, DiskFlush disk)
    {
        if (Target(path) is not { } target)
        {
            WriteThrough(Path.GetFullPath(path), write);
            return;
        }

        string folder = Path.GetDirectoryName(target)!, name = Path.GetFileName(target);
        RemoveStale(folder, name);
        string temporary = Path.Combine(folder, $".{name}.{Guid.NewGuid():N}{Suffix}");
        try
        {
            UnixFileMode? mode = OperatingSystem.IsWindows() || !File.Exists(target) ? null : File.GetUnixFileMode(target);
            using (FileStream stream = new(temporary, Options(mode)))
            {
                write(stream);
                stream.Flush();

                // Not when it is made: the process's mask would take rights away that the file had.
                if (mode is { } kept && !OperatingSystem.IsWindows()) File.SetUnixFileMode(stream.SafeFileHandle, kept);
                disk.File(stream.SafeFileHandle, path);
            }

            File.Move(temporary, target, overwrite: true);
            disk.Folder(folder, path);
        }
        catch (IOException e) when (e.Message.Contains(temporary))
        {
            // The user knows the file by its own name.
            TryDelete(temporary);
            throw new IOException(e.Message.Replace(temporary, target), e);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    private static FileStreamOptions Options(UnixFileMode? mode)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 1 << 16 };

        // What is private must be so from its first byte on.
        if (mode is { } kept && !OperatingSystem.IsWindows()) options.UnixCreateMode = kept;
        return options;
    }

    /// <summary>The regular file that a name stands for, links followed; null for what is written through.</summary>
    private static string? Target(string path)
    {
        string full = Path.GetFullPath(path);
        if (FileKinds.Descriptor(full) is not null) return null;
        switch (FileKinds.Of(full))
        {
            case FileKind.Folder:
                throw new IOException($"'{path}' is a folder, not a file. Name a file in it.");
            case FileKind.Other:
                throw new IOException($"'{path}' is neither a file nor a pipe: it is a disk or a socket, and would not hold a file afterwards. Name a file.");
            case FileKind.Stream:
                return null;
        }

        if (Path.GetFileName(full).Length == 0) throw new IOException($"'{path}' is a folder, not a file. Name a file in it.");
        FileInfo file = new(full);
        if (file.LinkTarget is null) return full;
        try
        {
            return file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        }
        catch (IOException e)
        {
            throw new IOException($"'{path}' is a link that leads in a circle or nowhere. Name a file, or mend the link.", e);
        }
    }

    /// <summary>Why a folder takes no files; null where it does.</summary>
    private static (string Why, Exception Cause)? Refusal(string folder)
    {
        string probe = Path.Combine(folder, $".graft-probe-{Guid.NewGuid():N}");
        try
        {
            using FileStream file = new(probe, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose });
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder of the system itself says that there is no such file.
            return (e is UnauthorizedAccessException ? "no permission" : e is FileNotFoundException or DirectoryNotFoundException ? "the system makes none there" : e.Message.Replace(probe, folder).TrimEnd('.'), e);
        }
    }

    // First all bytes, then the pipe: what fails on the way must not be half sent.
    private static void WriteThrough(string full, Action<Stream> write)
    {
        using MemoryStream content = new();
        write(content);
        content.Position = 0;
        using FileStream stream = FileKinds.Descriptor(full) is { } number
            ? new FileStream(new SafeFileHandle(number, ownsHandle: false), FileAccess.Write, bufferSize: 0)
            : new FileStream(full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        content.CopyTo(stream);
    }

    private static void RemoveStale(string folder, string name)
    {
        try
        {
            foreach (string file in Directory.EnumerateFiles(folder, $".{name}.*{Suffix}"))
            {
                if (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) < Stale) continue;

                // A live writer holds its file exclusively, so that opening it fails.
                try
                {
                    using FileStream abandoned = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    continue;
                }

                TryDelete(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be listed may still be written to.
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one that the user needs to see.
        }
    }
}
