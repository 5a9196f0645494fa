using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Graft.Formats;

/// <summary>
/// Waits until what was written has reached the disk, and fails where it has not. <see cref="FileStream.Flush(bool)"/> asks for the same and passes over the answer: a
/// disk that breaks or a quota that is found out late would count as success.
/// </summary>
internal partial class DiskFlush
{
    /// <summary>The real one.</summary>
    public static DiskFlush System { get; } = new();

    // Of Linux, macOS and the BSDs alike where not said otherwise.
    private const int Interrupted = 4, Invalid = 22, ReadOnlyFileSystem = 30, ReadOnly = 0, FullFlush = 51;

    private static readonly nint SynchronizeAddress = OperatingSystem.IsWindows() ? 0 : NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "fsync");

    // What is no file of a disk, or lies on a file system that knows no such thing, can't be waited for.
    private static bool IsUnsupported(int error) => error is Invalid or ReadOnlyFileSystem || (OperatingSystem.IsLinux() ? error is 95 or 38 : error is 25 or 45 or 102 or 78);

    /// <summary>Waits for the bytes of a file.</summary>
    /// <param name="file">The file, open for writing, with nothing left in buffers of the program.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="IOException">They did not all get there.</exception>
    public void File(SafeFileHandle file, string name)
    {
        string? problem = Flush(file);
        if (problem is not null) throw new IOException($"'{name}' could not be brought to the disk: {problem}. Free or check the disk and try again.");
    }

    /// <summary>Waits for the names in a folder, as they are after a file was renamed.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The file that was renamed, for errors.</param>
    /// <exception cref="IOException">They did not all get there.</exception>
    public void Folder(string folder, string name)
    {
        string? problem = FlushFolder(folder);
        if (problem is not null) throw new IOException($"'{name}' was written, but its name could not be brought to the disk: {problem}. Check the disk and try again.");
    }

    /// <summary>Flushes a file; null, or what went wrong.</summary>
    protected virtual string? Flush(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows()) return FlushFileBuffers(file) ? null : Marshal.GetLastPInvokeErrorMessage();

        // On macOS fsync does not wait for the disk's own cache; not every file system there knows what does.
        int error = OperatingSystem.IsMacOS() ? Repeat(() => Control(file, FullFlush)) : Invalid;
        if (IsUnsupported(error)) error = Repeat(() => Synchronize(file));
        return error == 0 || IsUnsupported(error) ? null : Message(error);
    }

    /// <summary>Flushes a folder; null, or what went wrong. Windows keeps names by itself, and a folder that may not be read can't be asked.</summary>
    protected virtual string? FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return null;
        int descriptor = Open(folder, ReadOnly);
        if (descriptor < 0) return null;
        using SafeFileHandle handle = new(descriptor, ownsHandle: true);
        int error = Repeat(() => Synchronize(handle));
        return error == 0 || IsUnsupported(error) ? null : Message(error);
    }

    private static string Message(int error) => Marshal.GetPInvokeErrorMessage(error).TrimEnd('.');

    private static int Repeat(Func<int> call)
    {
        while (true)
        {
            if (call() >= 0) return 0;
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted) return error;
        }
    }

    // As the program itself would call it, so that what was put before the system's own, to record or to fail, is called too.
    private static unsafe int Synchronize(SafeFileHandle file)
    {
        int result = ((delegate* unmanaged<int, int>)SynchronizeAddress)((int)file.DangerousGetHandle());
        Marshal.SetLastPInvokeError(Marshal.GetLastSystemError());
        return result;
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushFileBuffers(SafeFileHandle file);
}
