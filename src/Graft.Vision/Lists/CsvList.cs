using Graft.Formats;
using Graft.Vision.Decoding;

namespace Graft.Vision.Lists;

/// <summary>A list as a table of text: cells apart by commas, semicolons, tabs or bars, the names of columns in the first row.</summary>
internal sealed class CsvList : IImageList
{
    private const int LongestRow = 1 << 20, MostColumns = 20_000;

    private readonly string path, file;
    private readonly CsvDialect dialect;
    private readonly CancellationToken cancel;

    // Rows above the images: remarks, and names.
    private readonly int above;

    /// <summary>Opens a file and looks at its first rows.</summary>
    /// <exception cref="GraftException">It is not text, or has no rows.</exception>
    public CsvList(string path, CancellationToken cancel)
    {
        (this.path, file, this.cancel) = (path, Path.GetFileName(path), cancel);
        dialect = CsvDialect.Detect(path, "image", isKey: ImageFormats.IsImage);
        string[] first = [];
        foreach ((_, string[] cells) in Read())
        {
            first = cells;
            if (!IsRemark(first)) break;
            above++;
        }

        if (first.Length == 0 || IsRemark(first)) throw new GraftException($"'{file}' has no rows. A list has a row of names and one for each image.");

        // A list without names begins with an image.
        bool hasHeader = !first.Any(ImageFormats.IsImage);
        if (hasHeader) above++;
        if (hasHeader && first.Length > 1) first[0] = first[0].TrimStart('#').TrimStart();
        Columns = hasHeader ? [.. first.Select((name, i) => name.Length > 0 ? name : $"{i + 1}")] : [.. Enumerable.Range(1, first.Length).Select(i => Unnamed(i, first.Length))];
        if (Columns.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new GraftException($"'{file}' has {twice.Count()} columns that are named '{ListCells.Short(twice.Key)}'. Rename all but one.");
    }

    public IReadOnlyList<string> Columns { get; }

    public IEnumerable<(int Number, ListCell[] Cells)> Rows()
    {
        foreach ((int number, string[] cells) in Read().Skip(above))
        {
            if (cells.Length > Columns.Count && cells.Skip(Columns.Count).Any(cell => cell.Length > 0))
            {
                throw new GraftException(
                    $"'{file}', row {number} has {Amount.Of(cells.Length, "cell")}, but there {Amount.Word(Columns.Count, "is", "are")} {Amount.Of(Columns.Count, "column")}. Put cells that hold a '{dialect.Separator}' into quotes.");
            }

            yield return (number, [.. Enumerable.Range(0, Columns.Count).Select(i => (ListCell)(i < cells.Length ? cells[i] : ""))]);
        }
    }

    // A line above the table, of one cell.
    private static bool IsRemark(string[] cells) => cells[0].StartsWith('#') && cells.Skip(1).All(cell => cell.Length == 0) && !ImageFormats.IsImage(cells[0]);

    private static string Unnamed(int column, int columns) => (column, columns) switch
    {
        (1, _) => "path",
        (2, _) => "label",
        (3, 3) => "split",
        _ => $"{column}",
    };

    private IEnumerable<(int Number, string[] Cells)> Read()
    {
        using CsvRows csv = CsvRows.Open(path, dialect, LongestRow);
        while (csv.Read())
        {
            cancel.ThrowIfCancellationRequested();
            if (csv.Count > MostColumns) throw new GraftException($"'{file}' has a row of {csv.Count:N0} cells; a list has at most {MostColumns:N0} columns.");
            string[] cells = csv.Trimmed();
            if (cells.Any(cell => cell.Length > 0)) yield return (csv.Number, cells);
        }
    }
}
