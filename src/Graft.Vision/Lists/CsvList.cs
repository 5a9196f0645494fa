using Graft.Formats;
using Graft.Vision.Decoding;
using Sylvan.Data.Csv;

namespace Graft.Vision.Lists;

/// <summary>A list as a table of text: cells apart by commas, semicolons, tabs or bars, the names of columns in the first row.</summary>
internal sealed class CsvList : IImageList
{
    private const int LongestRow = 1 << 20, MostColumns = 20_000;

    private readonly string path, file;
    private readonly CsvDialect dialect;
    private readonly bool hasHeader;

    /// <summary>Opens a file and looks at its first row.</summary>
    /// <exception cref="GraftException">It is not text, or has no rows.</exception>
    public CsvList(string path)
    {
        (this.path, file) = (path, Path.GetFileName(path));
        dialect = CsvDialect.Detect(path, "image");
        string[] first = Read().Select(row => row.Cells).FirstOrDefault() ?? throw new GraftException($"'{file}' has no rows. A list has a row of names and one for each image.");

        // A list without names begins with an image.
        hasHeader = !first.Any(ImageFormats.IsImage);
        Columns = hasHeader ? [.. first.Select((name, i) => name.Length > 0 ? name : $"{i + 1}")] : [.. Enumerable.Range(1, first.Length).Select(i => Unnamed(i, first.Length))];
        if (Columns.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new GraftException($"'{file}' has {twice.Count()} columns that are named '{twice.Key}'. Rename all but one.");
    }

    public IReadOnlyList<string> Columns { get; }

    public IEnumerable<(int Number, string[] Cells)> Rows()
    {
        foreach ((int number, string[] cells) in Read().Skip(hasHeader ? 1 : 0))
        {
            if (cells.Length > Columns.Count && cells.Skip(Columns.Count).Any(cell => cell.Length > 0))
            {
                throw new GraftException(
                    $"'{file}', row {number} has {Amount.Of(cells.Length, "cell")}, but there {Amount.Word(Columns.Count, "is", "are")} {Amount.Of(Columns.Count, "column")}. Put cells that hold a '{dialect.Separator}' into quotes.");
            }

            yield return (number, cells.Length == Columns.Count ? cells : [.. Enumerable.Range(0, Columns.Count).Select(i => i < cells.Length ? cells[i] : "")]);
        }
    }

    private static string Unnamed(int column, int columns) => (column, columns) switch
    {
        (1, _) => "path",
        (2, _) => "label",
        (3, 3) => "split",
        _ => $"{column}",
    };

    private IEnumerable<(int Number, string[] Cells)> Read()
    {
        using StreamReader reader = new(path, dialect.Encoding, detectEncodingFromByteOrderMarks: true);
        if (dialect.SaysSeparator) reader.ReadLine();
        using CsvDataReader csv = Guarded(() => CsvDataReader.Create(reader, new CsvDataReaderOptions { HasHeaders = false, Delimiter = dialect.Separator, BufferSize = 1 << 16, MaxBufferSize = LongestRow }));
        for (int number = 1; Guarded(csv.Read); number++)
        {
            if (csv.RowFieldCount > MostColumns) throw new GraftException($"'{file}' has a row of {csv.RowFieldCount:N0} cells; a list has at most {MostColumns:N0} columns.");
            string[] cells = [.. Enumerable.Range(0, csv.RowFieldCount).Select(i => csv.GetFieldSpan(i).Trim().ToString())];
            if (cells.Any(cell => cell.Length > 0)) yield return (number, cells);
        }
    }

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (CsvFormatException e)
        {
            throw new GraftException($"'{file}', row {Math.Max(1, e.RowNumber)}: a quote is not closed, or the row is longer than {LongestRow >> 20} MiB. Correct it.", e);
        }
    }
}
