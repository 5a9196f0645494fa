namespace Graft.Cli.TableFiles.Files;

/// <summary>Kinds of files that are often given for tables, by their first bytes.</summary>
internal static class FileSignature
{
    private static readonly (byte[] Start, string What)[] Known =
    [
        ([0x1F, 0x8B], "is compressed by gzip. Unpack it first"),
        ([0x50, 0x4B, 0x03, 0x04], "is a workbook of Excel or another ZIP archive. Save the sheet as CSV, or unpack the archive"),
        ([0xD0, 0xCF, 0x11, 0xE0], "is a workbook of an old Excel. Save the sheet as CSV"),
        ([0x42, 0x5A, 0x68], "is compressed by bzip2. Unpack it first"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "is compressed by xz. Unpack it first"),
        ([0x28, 0xB5, 0x2F, 0xFD], "is compressed by Zstandard. Unpack it first"),
        ("%PDF"u8.ToArray(), "is a PDF. Save its table as CSV"),
        ("ARROW1"u8.ToArray(), "is an Arrow file. Save the table as Parquet or CSV"),
        ([0x89, 0x48, 0x44, 0x46], "is an HDF5 file. Save the table as Parquet or CSV"),
        ("SQLite format 3"u8.ToArray(), "is a database of SQLite. Save its table as CSV"),
    ];

    /// <summary>What a file is and what to do; null where it is none of these.</summary>
    public static string? Tell(ReadOnlySpan<byte> start)
    {
        foreach ((byte[] bytes, string what) in Known)
        {
            if (start.StartsWith(bytes)) return what;
        }

        return null;
    }
}
