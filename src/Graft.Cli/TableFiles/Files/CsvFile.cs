using Graft.Cli.TableFiles.Numbers;
using Graft.Cli.TableFiles.Times;
using Graft.Formats;
using Sylvan.Data.Csv;

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
        List<string[]> rows = [];
        Guarded(csv =>
        {
            while (rows.Count <= ColumnJudge.Rows && csv.Read())
            {
                if (csv.RowFieldCount > MostColumns) throw new GraftException($"'{file}' has a row of {csv.RowFieldCount:N0} cells; a table has at most {MostColumns:N0} columns. Give it with a row for each step.");
                if (!IsBlank(csv)) rows.Add([.. Enumerable.Range(0, csv.RowFieldCount).Select(i => csv.GetFieldSpan(i).Trim().ToString())]);
            }
        });
        if (rows.Count == 0) throw new GraftException($"'{file}' has no rows. A table has a row for each step, and most have a first row of names.");

        // Names are neither numbers nor times nor missing.
        hasHeader = !rows[0].All(text => Cell.IsMissing(text) || NumberText.IsNumber(text) || TimeText.TryParse(text, out TimeCell _));
        if (hasHeader && rows.Count == 1) throw new GraftException($"'{file}' has names, but no rows below them. A table has a row for each step.");
        int width = hasHeader ? rows[0].Length : rows.Max(row => row.Length);
        string[] names = [.. Enumerable.Range(0, width).Select(i => hasHeader && rows[0][i].Length > 0 ? CsvText.Name(rows[0][i]) : $"{i + 1}")];
        string[][] cells = [.. rows.Skip(hasHeader ? 1 : 0)];
        Columns = [.. names.Select((name, i) => ColumnJudge.Texts(name, cells.Select(row => i < row.Length ? row[i] : "")))];
        for (int row = 0; row < cells.Length; row++)
        {
            for (int i = 0; i < Math.Min(width, cells[row].Length); i++)
            {
                if (Columns[i].Kind == ColumnKind.Number && NumberText.TryBare(cells[row][i], out ReadOnlySpan<char> bare, out _)) Marks.Add(bare, row + 1);
            }
        }

        if (!hasHeader) notes.Add($"The first row has no names: columns are called {(width == 1 ? "1" : $"1 to {width}")}.");
    }

    public IReadOnlyList<ColumnInfo> Columns { get; }

    public IReadOnlyList<string> Notes => notes;

    public DecimalMarks Marks { get; } = new();

    public void Read(IReadOnlyList<int> numbers, IReadOnlyList<NumberColumn> into, TimeChoice time, TimeColumn? times, CancellationToken cancellation)
    {
        int row = 0, blank = 0;
        Guarded(csv =>
        {
            while (csv.Read())
            {
                row++;
                if ((row & (RowsBetweenChecks - 1)) == 0) cancellation.ThrowIfCancellationRequested();
                if (row == 1 && hasHeader) continue;
                if (IsBlank(csv))
                {
                    blank++;
                    continue;
                }

                int cells = csv.RowFieldCount;
                for (int i = Columns.Count; i < cells; i++)
                {
                    if (csv.GetFieldSpan(i).Trim().IsEmpty) continue;
                    throw new GraftException(
                        $"'{file}', row {row} has {Amount.Of(cells, "cell")}, but there {Amount.Word(Columns.Count, "is", "are")} {Amount.Of(Columns.Count, "column")}. Put cells that hold a '{dialect.Separator}' into quotes; numbers with a decimal comma need ';' between cells.");
                }

                for (int j = 0; j < numbers.Count; j++) into[j].Add(numbers[j] < cells ? csv.GetFieldSpan(numbers[j]) : [], row);
                ReadOnlySpan<char> Cell(int place) => place < cells ? csv.GetFieldSpan(place) : [];
                if (time.Places.Count == 1) times!.Add(Cell(time.Places[0]), row);
                else if (time.Places.Count > 1) times!.Add(time.Parts, [.. time.Places.Select(place => Cell(place).Trim().ToString())], row);
            }
        });
        if (blank > 0) notes.Add($"{Amount.Of(blank, "empty line was", "empty lines were")} left out.");
    }

    private static bool IsBlank(CsvDataReader csv) => csv.RowFieldCount == 0 || (csv.RowFieldCount == 1 && csv.GetFieldSpan(0).Trim().IsEmpty);

    // The first row is read when the reader is made.
    private void Guarded(Action<CsvDataReader> work)
    {
        try
        {
            StreamReader reader = new(path, dialect.Encoding, detectEncodingFromByteOrderMarks: true);
            if (dialect.SaysSeparator) reader.ReadLine();
            using CsvDataReader csv = CsvDataReader.Create(reader, new CsvDataReaderOptions { HasHeaders = false, Delimiter = dialect.Separator, BufferSize = 1 << 16, MaxBufferSize = LongestRow });
            work(csv);
        }
        catch (CsvFormatException e)
        {
            throw new GraftException($"'{file}', row {Math.Max(1, e.RowNumber)}: a quote is not closed, or the row is longer than {LongestRow >> 20} MiB. Correct it.", e);
        }
    }
}
