using System.IO.Compression;

namespace Graft.Formats;

/// <summary>Files that belong together: a folder, an archive, or bytes in memory.</summary>
internal abstract class FileSet
{
    /// <summary>The largest file read into memory.</summary>
    public const long Largest = 1L << 31;

    /// <summary>What errors call it.</summary>
    public abstract string Name { get; }

    /// <summary>A file, or null when there is none of that name. Nothing of it is read yet.</summary>
    /// <param name="file">A name with '/' between folders.</param>
    protected abstract Entry? Find(string file);

    /// <summary>A file of a size that is known before it is read.</summary>
    /// <param name="Length">Its size in bytes; never <see cref="Largest"/> or more.</param>
    /// <param name="Read">Gives so many bytes.</param>
    public sealed record Entry(long Length, Func<byte[]> Read);

    public byte[]? TryRead(string file) => TryFind(file)?.Read();

    public byte[] Read(string file) => Open(file).Read();

    /// <summary>A file that must be there.</summary>
    public Entry Open(string file) => TryFind(file) ?? throw new WeightFileException(Name, $"the file {WeightFileException.Quote(file)} is missing beside it.");

    private Entry? TryFind(string file)
    {
        // A name inside a file that nobody vouches for must not lead out of the folder.
        bool leaves = file.Length is 0 or > 1024 || file.StartsWith('/') || file.Contains('\\') || file.Contains(':') || file.Contains('\0') || file.Split('/').Contains("..");
        if (leaves) throw new WeightFileException(Name, $"it names the file {WeightFileException.Quote(file)}; only files beside it are read.");
        return Find(file);
    }
}

/// <summary>A folder on disk.</summary>
internal sealed class FolderFiles(string folder, string name) : FileSet
{
    public override string Name => name;

    protected override Entry? Find(string file)
    {
        string path = Path.Combine(folder, file);
        return File.Exists(path) ? new Entry(WholeFile.Length(path), () => WholeFile.Read(path)) : null;
    }
}

/// <summary>A zip archive, whose files may lie in a folder inside it.</summary>
internal sealed class ZipFiles(ZipArchive archive, string prefix, string name) : FileSet
{
    // Deflate cannot do better than about 1000; real models stay under 50.
    private const long LargestRatio = 200;

    public override string Name => name;

    protected override Entry? Find(string file)
    {
        ZipArchiveEntry? entry = archive.GetEntry(prefix + file);
        if (entry is null) return null;
        if (entry.Length >= Largest || entry.Length > (LargestRatio * entry.CompressedLength) + (1 << 16))
            throw new WeightFileException(name, $"the file {WeightFileException.Quote(file)} in the archive unpacks to {entry.Length} bytes from {entry.CompressedLength}; that is refused.");
        return new Entry(entry.Length, () =>
        {
            byte[] bytes = new byte[entry.Length];
            using Stream stream = entry.Open();
            stream.ReadExactly(bytes);
            return bytes;
        });
    }
}
