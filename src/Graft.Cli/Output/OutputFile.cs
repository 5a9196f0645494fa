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

    /// <summary>The size of what was written, where a link leads to it, too.</summary>
    public static long Bytes(string path) => (File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path)).Length;
}
