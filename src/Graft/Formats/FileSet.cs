using System.IO.Compression;

namespace Graft.Formats;

/// <summary>Files that belong together: a folder, an archive, or bytes in memory.</summary>
internal abstract class FileSet
{
    /// <summary>The largest file read into memory.</summary>
    public const long Largest = 1L << 31;

    /// <summary>What errors call it.</summary>
    public abstract string Name { get; }

    /// <summary>The bytes of a file, or null when there is none of that name.</summary>
    /// <param name="file">A name with '/' between folders.</param>
    protected abstract byte[]? ReadFile(string file);

    public byte[]? TryRead(string file)
    {
        // A name inside a file that nobody vouches for must not lead out of the folder.
        bool leaves = file.Length is 0 or > 1024 || file.StartsWith('/') || file.Contains('\\') || file.Contains(':') || file.Contains('\0') || file.Split('/').Contains("..");
        if (leaves) throw new WeightFileException(Name, $"it names the file {WeightFileException.Quote(file)}; only files beside it are read.");
        return ReadFile(file);
    }

    public byte[] Read(string file) => TryRead(file) ?? throw new WeightFileException(Name, $"the file {WeightFileException.Quote(file)} is missing beside it.");
}

/// <summary>A folder on disk.</summary>
internal sealed class FolderFiles(string folder, string name) : FileSet
{
    public override string Name => name;

    protected override byte[]? ReadFile(string file)
    {
        string path = Path.Combine(folder, file);
        if (!File.Exists(path)) return null;
        long length = new FileInfo(path).Length;
        if (length >= Largest) throw new WeightFileException(path, $"it has {length} bytes; files of under {Largest} bytes are read.");
        return File.ReadAllBytes(path);
    }
}

/// <summary>A zip archive, whose files may lie in a folder inside it.</summary>
internal sealed class ZipFiles(ZipArchive archive, string prefix, string name) : FileSet
{
    // Deflate cannot do better than about 1000; real models stay under 50.
    private const long LargestRatio = 200;

    public override string Name => name;

    protected override byte[]? ReadFile(string file)
    {
        ZipArchiveEntry? entry = archive.GetEntry(prefix + file);
        if (entry is null) return null;
        if (entry.Length >= Largest || entry.Length > (LargestRatio * entry.CompressedLength) + (1 << 16))
            throw new WeightFileException(name, $"the file {WeightFileException.Quote(file)} in the archive unpacks to {entry.Length} bytes from {entry.CompressedLength}; that is refused.");
        byte[] bytes = new byte[entry.Length];
        using Stream stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }
}
