namespace Graft.Formats;

/// <summary>A kind of file that is often given for a model or a table, known by its first bytes.</summary>
/// <param name="Name">What such a file is.</param>
/// <param name="Remedy">What to do where a table is wanted.</param>
internal sealed record FileSignature(string Name, string Remedy)
{
    private const string Unpack = "Unpack it first", Save = "Save the table as Parquet or CSV", Other = "Give a CSV or Parquet file";

    private static readonly (byte[] Start, FileSignature Kind)[] Known =
    [
        ([0x1F, 0x8B], new("compressed by gzip", Unpack)),
        ([0x50, 0x4B, 0x03, 0x04], new("a workbook of Excel or another ZIP archive", "Save the sheet as CSV, or unpack the archive")),
        ([0xD0, 0xCF, 0x11, 0xE0], new("a workbook of an old Excel", "Save the sheet as CSV")),
        ([0x42, 0x5A, 0x68], new("compressed by bzip2", Unpack)),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], new("compressed by xz", Unpack)),
        ([0x28, 0xB5, 0x2F, 0xFD], new("compressed by Zstandard", Unpack)),
        ("%PDF"u8.ToArray(), new("a PDF", "Save its table as CSV")),
        ("ARROW1"u8.ToArray(), new("an Arrow file", Save)),
        ("PAR1"u8.ToArray(), new("a Parquet table", Other)),
        ([0x89, 0x48, 0x44, 0x46], new("an HDF5 file", Save)),
        ("SQLite format 3"u8.ToArray(), new("a database of SQLite", "Save its table as CSV")),
        ([0xFF, 0xD8, 0xFF], new("a JPEG image", Other)),
        ([0x89, 0x50, 0x4E, 0x47], new("a PNG image", Other)),
        ("GIF8"u8.ToArray(), new("a GIF image", Other)),
        ("II*\0"u8.ToArray(), new("a TIFF image", Other)),
        ("MM\0*"u8.ToArray(), new("a TIFF image", Other)),
    ];

    /// <summary>What a file is; null where it is none of these.</summary>
    public static FileSignature? Of(ReadOnlySpan<byte> start)
    {
        foreach ((byte[] bytes, FileSignature kind) in Known)
        {
            if (start.StartsWith(bytes)) return kind;
        }

        // "RIFF" begins sounds, too, and "BM" texts.
        if (start.Length >= 12 && start.StartsWith("RIFF"u8) && start[8..].StartsWith("WEBP"u8)) return new("a WebP image", Other);
        return start.Length >= 10 && start.StartsWith("BM"u8) && start[6..10].IndexOfAnyExcept((byte)0) < 0 ? new("a BMP image", Other) : null;
    }
}
