using Microsoft.Win32.SafeHandles;

namespace Graft.Hosting;

/// <summary>What tells a file from the one that had its name before, and from itself before it was written to. A link's is that of the file that it leads to.</summary>
/// <param name="Length">Its bytes.</param>
/// <param name="Written">When it was written to last.</param>
/// <param name="Identity">Which file it is: one that is moved to a name may be as long and as old as the one that had it.</param>
internal readonly record struct FileStamp(long Length, DateTime Written, FileIdentity Identity)
{
    /// <summary>The stamp of a file; null where there is none that can be opened.</summary>
    public static FileStamp? Of(string path)
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            return Of(handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The stamp of an open file.</summary>
    public static FileStamp Of(SafeFileHandle handle) => new(RandomAccess.GetLength(handle), File.GetLastWriteTimeUtc(handle), FileIdentity.Of(handle));
}
