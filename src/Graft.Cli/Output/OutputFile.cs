using Graft.Formats;

namespace Graft.Cli.Output;

/// <summary>Files that a command will write.</summary>
internal static class OutputFile
{
    private const int LongestRow = 1 << 20;

    // What would be read by its ending, and a .graft file of that name is none of them.
    private static readonly string[] OtherModels = [".onnx", ".pth", ".pt", ".ckpt", ".h5", ".hdf5", ".keras", ".tflite", ".pb", ".zip", ".json"];

    /// <summary>Makes sure, before long work, that its result can be written afterwards.</summary>
    /// <exception cref="ArgumentsException">The name is empty.</exception>
    /// <exception cref="IOException">The folder is missing or not writable, or the name is not that of a file.</exception>
    public static void RequireWritable(string path, string option = "--out")
    {
        if (string.IsNullOrWhiteSpace(path)) throw new ArgumentsException($"{option} takes the name of a file; it is empty.");
        if (Directory.Exists(path)) throw new IOException($"'{path}' is a folder; {option} takes the name of a file.");
        AtomicFile.RequireWritable(path);
    }

    /// <summary>Makes sure, before long work, that a model can be written afterwards, under a name that says that it is one.</summary>
    /// <exception cref="ArgumentsException">The name is empty, or that of another kind of file.</exception>
    /// <exception cref="IOException">The folder is missing or not writable, or the name is not that of a file.</exception>
    public static void RequireWritableModel(string path)
    {
        RequireWritable(path);
        string ending = Path.GetExtension(path);
        if (OtherModels.Contains(ending, StringComparer.OrdinalIgnoreCase))
            throw new ArgumentsException($"--out takes the name of a .graft file, not '{path}'. 'graft export' writes models for other programs.");
    }

    /// <summary>Makes sure that a table replaces one of its kind only: what is there by that name may be a list of images, for example, that somebody labelled.</summary>
    /// <param name="path">The file; one that is not there, or is empty, may be written.</param>
    /// <param name="option">The option that names it.</param>
    /// <param name="start">How the first row of such a table begins.</param>
    /// <param name="end">How it ends.</param>
    /// <param name="what">What such a table is called.</param>
    /// <exception cref="ArgumentsException">It is something else.</exception>
    public static void RequireReplaceable(string path, string option, string start, string end, string what)
    {
        if (FileKinds.Of(path) != FileKind.Regular || new FileInfo(RealPath.Of(path)).Length == 0) return;
        char[] beginning = new char[LongestRow];
        using StreamReader reader = new(path);
        ReadOnlySpan<char> row = beginning.AsSpan(0, reader.ReadBlock(beginning));
        bool isQuoted = false;

        // Names of columns may have line breaks. A row of very many is longer than what is looked at.
        for (int i = 0; i < row.Length; i++)
        {
            if (row[i] == '"') isQuoted = !isQuoted;
            if (row[i] == '\n' && !isQuoted) row = row[..i].TrimEnd('\r');
        }

        if (row.StartsWith(start, StringComparison.OrdinalIgnoreCase) && (row.Length == LongestRow || row.EndsWith(end, StringComparison.OrdinalIgnoreCase))) return;
        throw new ArgumentsException($"{option} would replace '{path}', which is no {what}. Name another file, or remove it first.");
    }

    /// <summary>Makes sure, before long work, that a folder can be written into, which need not be there yet.</summary>
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
