using System.Buffers.Binary;
using Parquet;
using Parquet.Meta;

namespace Graft.Cli.TableFiles.Files;

/// <summary>Looks over a Parquet file before it is read: what it says of its sizes must fit its bytes, so that a small file can't ask for much memory.</summary>
/// <param name="path">The file.</param>
internal sealed class ParquetGuard(string path)
{
    private const int Ends = 12, FirstWindow = 1 << 12, LastWindow = 1 << 24;

    // More than this, a page of a file can't be in memory than what compression makes of its bytes: a thousand is what the best do with a text of one letter.
    private const long FreePage = 1 << 26, MostCompression = 1100;
    private const long FreeRows = 1_000_000, RowsPerByte = 64;

    private readonly long length = new FileInfo(path).Length;

    /// <summary>Checks the footer.</summary>
    /// <exception cref="GraftException">It does not fit the file.</exception>
    public void CheckFooter()
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> end = stackalloc byte[8];
        if (length < Ends) throw Broken("it is cut short");
        file.Seek(-8, SeekOrigin.End);
        file.ReadExactly(end);
        if (end[4..].SequenceEqual("PARE"u8)) throw Broken("it is encrypted");
        if (!end[4..].SequenceEqual("PAR1"u8)) throw Broken("it is cut short");
        int size = BinaryPrimitives.ReadInt32LittleEndian(end);
        if (size < 0 || size > length - Ends) throw Broken("its end does not fit it");
        byte[] footer = new byte[size];
        file.Seek(-8 - size, SeekOrigin.End);
        file.ReadExactly(footer);
        if (ThriftWalk.Length(footer) < 0) throw Broken("its list of columns is damaged");
    }

    /// <summary>Checks how many rows it says it has.</summary>
    /// <exception cref="GraftException">They do not fit the file.</exception>
    public void CheckRows(ParquetReader reader)
    {
        long rows = 0;
        for (int i = 0; i < reader.RowGroupCount; i++)
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(i);
            if (group.RowCount is < 0 or > int.MaxValue) throw Broken($"it says that a group has {group.RowCount:N0} rows");
            rows += group.RowCount;
            if (rows > FreeRows + (RowsPerByte * length) || rows > int.MaxValue) throw Broken($"{Amount.Of(length, "byte")} can't have {Amount.Of(rows, "row")} or more");
        }
    }

    /// <summary>Checks the pages of a column in a group of rows.</summary>
    /// <exception cref="GraftException">A size does not fit the file.</exception>
    public void CheckPages(ColumnChunk? chunk)
    {
        if (chunk?.MetaData is not { } column) return;
        long at = column.DictionaryPageOffset is > 0 and var dictionary && dictionary < column.DataPageOffset ? dictionary : column.DataPageOffset;
        if (at < 0 || column.TotalCompressedSize < 0 || at > length - column.TotalCompressedSize) throw Broken("a column is said to be outside it");
        using FileStream file = File.OpenRead(path);
        for (long end = at + column.TotalCompressedSize; at < end;)
        {
            Dictionary<(int, int), long> header = Header(file, at, end, out int size);
            long unpacked = header.GetValueOrDefault((2, 0), -1), packed = header.GetValueOrDefault((3, 0), -1);
            at += size;
            if (packed < 0 || packed > end - at) throw Broken("a page is said to be longer than its column");
            if (unpacked < 0 || unpacked > Math.Max(FreePage, MostCompression * packed)) throw Broken($"a page of {packed:N0} bytes is said to unpack to {unpacked:N0}");
            if (column.Codec == CompressionCodec.SNAPPY && packed > 0) CheckSnappy(file, at, header, unpacked);
            at += packed;
        }
    }

    // Snappy says again how long it is; levels of pages of version 2 stand before it as they are, and such a page may be left unpacked.
    private void CheckSnappy(FileStream file, long at, Dictionary<(int, int), long> header, long unpacked)
    {
        bool isSecond = header.GetValueOrDefault((1, 0)) == (int)PageType.DATA_PAGE_V2;
        long levels = isSecond ? header.GetValueOrDefault((8, 5)) + header.GetValueOrDefault((8, 6)) : 0;
        if (isSecond && header.GetValueOrDefault((8, 7), 1) == 0) return;
        if (levels < 0 || levels > unpacked) throw Broken("a page does not hold what it says");
        file.Seek(at + levels, SeekOrigin.Begin);
        ulong said = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            int next = file.ReadByte();
            if (next < 0) return;
            said |= (ulong)(next & 127) << shift;
            if (next < 128) break;
        }

        if (said != (ulong)(unpacked - levels)) throw Broken("a page does not hold what it says");
    }

    private Dictionary<(int, int), long> Header(FileStream file, long at, long end, out int size)
    {
        for (int window = FirstWindow; ; window *= 8)
        {
            byte[] bytes = new byte[(int)Math.Min(window, end - at)];
            file.Seek(at, SeekOrigin.Begin);
            file.ReadExactly(bytes);
            Dictionary<(int, int), long> header = [];
            size = ThriftWalk.Length(bytes, header);
            if (size >= 0) return header;
            if (bytes.Length < window || window >= LastWindow) throw Broken("a page's head is damaged");
        }
    }

    private GraftException Broken(string what) => new($"'{Path.GetFileName(path)}' begins as a Parquet file, but can't be read: {what}. Write it anew.");
}
