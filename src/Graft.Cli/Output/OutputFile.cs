using Graft.Formats;

namespace Graft.Cli.Output;

/// <summary>Files that a command will write.</summary>
internal static class OutputFile
{
    /// <summary>Makes sure, before long work, that its result can be written afterwards.</summary>
    /// <exception cref="ArgumentsException">The name is empty.</exception>
    /// <exception cref="IOException">The folder is missing or not writable, or the name is not that of a file.</exception>
    public static void RequireWritable(string path, string option = "--out")
    {
        if (string.IsNullOrWhiteSpace(path)) throw new ArgumentsException($"{option} takes the name of a file; it is empty.");
        if (Directory.Exists(path)) throw new IOException($"'{path}' is a folder; {option} takes the name of a file.");
        AtomicFile.RequireWritable(path);
    }

    /// <summary>The same for a folder, which need not be there yet.</summary>
    /// <exception cref="ArgumentsException">The name is empty.</exception>
    /// <exception cref="IOException">It is a file, or not writable.</exception>
    public static void RequireWritableFolder(string path)
    {
        if (string.IsNullOrWhiteSpace(path)) throw new ArgumentsException("--out takes the name of a folder; it is empty.");
        AtomicFile.RequireWritableFolder(path);
    }

    /// <summary>Writes the result of long work. Where that fails after all, a full disk for example, it is kept as a file that the error names.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        try
        {
            AtomicFile.Write(path, write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(Failure(path, e) + Kept(Path.Combine(Path.GetTempPath(), $"graft-{Guid.NewGuid():N}{Path.GetExtension(path)}"), write), e);
        }
    }

    /// <summary>A sentence that says that a file could not be written, and why.</summary>
    public static string Failure(string path, Exception e) => $"'{path}' cannot be written: {e.Message.Replace($" : '{Path.GetFullPath(path)}'", "").TrimEnd('.')}.";

    /// <summary>A sentence that says where a result is in place of the file that was asked for.</summary>
    public static string KeptIn(string path) => $" The result is kept in '{path}': copy it to where it is wanted.";

    /// <summary>The size of what was written, where a link leads to it, too.</summary>
    public static long Bytes(string path) => (File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path)).Length;

    private static string Kept(string path, Action<Stream> write)
    {
        try
        {
            AtomicFile.Write(path, write);
            return KeptIn(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $" It could not be kept elsewhere: {Failure(path, e)}";
        }
    }
}
