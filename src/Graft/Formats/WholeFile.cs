namespace Graft.Formats;

/// <summary>
/// Reads a file into memory, never more of it than its length when it was opened. A device, a pipe or a process' own file has none and is not opened at all: a name in a file
/// that nobody vouches for may be a link to one that never ends.
/// </summary>
internal static class WholeFile
{
    /// <summary>The size of a file in bytes; that of what a link leads to.</summary>
    /// <exception cref="WeightFileException">It is larger than what is read.</exception>
    public static long Length(string path)
    {
        FileInfo file = new(path);
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
        return file.Length < FileSet.Largest
            ? file.Length
            : throw new WeightFileException(path, $"it has {file.Length} bytes; files of under {FileSet.Largest} bytes are read.");
    }

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="WeightFileException">It is larger than what is read.</exception>
    /// <exception cref="IOException">It cannot be read, or becomes shorter meanwhile.</exception>
    public static byte[] Read(string path)
    {
        byte[] bytes = new byte[Length(path)];
        if (bytes.Length == 0) return bytes;
        using FileStream stream = File.OpenRead(path);
        stream.ReadExactly(bytes);
        return bytes;
    }
}
