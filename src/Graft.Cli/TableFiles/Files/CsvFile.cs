using Graft.Cli.TableFiles.Numbers;
using Graft.Cli.TableFiles.Times;
using Graft.Formats;

namespace Graft.Cli.TableFiles.Files;

/// <summary>A table as text: cells apart by commas, semicolons, tabs or bars, the names of columns in the first row or nowhere.</summary>
internal sealed class CsvFile : ITableFile
{
    private const int RowsBetweenChecks = 1 << 14;

    // A row that is longer is no row: a quote is open, or the file has no lines.
    private const int LongestRow = 1 << 22, MostColumns = 100_000;

    private readonly string path, file;
    private readonly CsvDialect dialect;
    private readonly bool hasHeader;
    private readonly List<string> notes = [];

    /// <summary>Opens a file and looks at its first rows.</summary>
    /// <exception cref="GraftException">It is not text, or has no rows.</exception>
    public CsvFile(string path)
    {
        (this.path, file) = (path, Path.GetFileName(path));
        dialect = CsvDialect.Detect(path, "step", line => TimeText.TryParse(line, out TimeCell _) || NumberText.IsNumber(line));
        List<(int Number, string[] Cells)> rows = [];
        string[] remark = [];
        using (CsvRows csv = CsvRows.Open(path, dialect, LongestRow))
        {
            while (rows.Count <= ColumnJudge.Rows && csv.Read())
            {
                if (csv.Count > MostColumns) throw new GraftException($"'{file}' has a row of {csv.Count:N0} cells; a table has at most {MostColumns:N0} columns. Give it with a row for each step.");
                if (IsBlank(csv)) continue;
                if (!csv.BeginsWithHash) rows.Add((csv.Number, csv.Trimmed()));
                else if (rows.Count == 0) remark = csv.Trimmed();
            }
        }

        if (rows.Count == 0) throw new GraftException($"'{file}' has no rows. A table has a row for each step, and most have a first row of names.");

        // Names are neither numbers nor times nor missing. The last remark above a table may hold them, too.
        string[] first = rows[0].Cells;
        hasHeader = !first.All(text => Cell.IsMissing(text) || NumberText.IsNumber(text) || TimeText.TryParse(text, out TimeCell _));
        if (hasHeader && rows.Count == 1) throw new GraftException($"'{file}' has names, but no rows below them. A table has a row for each step.");
        bool isNamed = hasHeader || (remark.Length > 1 && remark.Length == first.Length);
        if (!hasHeader && isNamed) first = [remark[0].TrimStart('#').TrimStart(), .. remark[1..]];
        int width = isNamed ? first.Length : rows.Max(row => row.Cells.Length);
        string[] names = [.. Enumerable.Range(0, width).Select(i => isNamed && first[i].Length > 0 ? CsvText.Name(first[i]) : $"{i + 1}")];
        if (hasHeader) rows.RemoveAt(0);
        Columns = [.. names.Select((name, i) => ColumnJudge.Texts(name, rows.Select(row => i < row.Cells.Length ? row.Cells[i] : "")))];
        foreach ((int number, string[] cells) in rows)
        {
            for (int i = 0; i < Math.Min(width, cells.Length); i++)
            {
                if (Columns[i].Kind == ColumnKind.Number && NumberText.TryBare(cells[i], out ReadOnlySpan<char> bare, out _)) Marks.Add(bare, number);
            }
        }

        if (!isNamed) notes.Add($"The first row has no names: columns are called {(width == 1 ? "1" : $"1 to {width}")}.");
    }

    public IReadOnlyList<ColumnInfo> Columns { get; }

    public IReadOnlyList<string> Notes => notes;

    public DecimalMarks Marks { get; } = new();

    public void Read(IReadOnlyList<int> numbers, IReadOnlyList<NumberColumn> into, TimeChoice time, TimeColumn? times, CancellationToken cancellation)
    {
        int blank = 0;
        bool isHeader = hasHeader;
        using CsvRows csv = CsvRows.Open(path, dialect, LongestRow);
        while (csv.Read())
        {
            int row = csv.Number, cells = csv.Count;
            if ((row & (RowsBetweenChecks - 1)) == 0) cancellation.ThrowIfCancellationRequested();
            if (csv.BeginsWithHash) continue;
            if (IsBlank(csv))
            {
                blank++;
                continue;
            }

            if (isHeader)
            {
                isHeader = false;
                continue;
            }

            for (int i = Columns.Count; i < cells; i++)
            {
                if (csv[i].Trim().IsEmpty) continue;
                throw new GraftException(
                    $"'{file}', row {row} has {Amount.Of(cells, "cell")}, but there {Amount.Word(Columns.Count, "is", "are")} {Amount.Of(Columns.Count, "column")}. Put cells that hold a '{dialect.Separator}' into quotes; numbers with a decimal comma need ';' between cells.");
            }

            for (int j = 0; j < numbers.Count; j++) into[j].Add(numbers[j] < cells ? csv[numbers[j]] : [], row);
            if (time.Places.Count == 1) times!.Add(Of(csv, time.Places[0]), row);
            else if (time.Places.Count > 1) times!.Add(time.Parts, [.. time.Places.Select(place => Of(csv, place).Trim().ToString())], row);
        }

        if (blank > 0) notes.Add($"{Amount.Of(blank, "empty line was", "empty lines were")} left out.");
    }

    private static ReadOnlySpan<char> Of(CsvRows csv, int place) => place < csv.Count ? csv[place] : [];

    private static bool IsBlank(CsvRows csv) => csv.Count == 1 && csv[0].Trim().IsEmpty;
}
