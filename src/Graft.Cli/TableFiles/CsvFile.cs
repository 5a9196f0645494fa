using Sylvan.Data.Csv;

namespace Graft.Cli.TableFiles;

/// <summary>A table as text: cells apart by commas, semicolons or tabs, the names of columns in the first row or nowhere.</summary>
internal sealed class CsvFile : ITableFile
{
    // What columns hold is judged by this many rows.
    private const int Judged = 200;
    private const int RowsBetweenChecks = 1 << 14;

    private readonly string path, file;
    private readonly CsvDialect dialect;
    private readonly bool hasHeader;
    private readonly List<string> notes = [];

    /// <summary>Opens a file and looks at its first rows.</summary>
    /// <exception cref="GraftException">It is not text, or has no rows.</exception>
    public CsvFile(string path)
    {
        (this.path, file) = (path, Path.GetFileName(path));
        dialect = CsvDialect.Detect(path);
        List<string[]> rows = [];
        using CsvDataReader csv = Open();
        try
        {
            while (rows.Count <= Judged && csv.Read())
            {
                if (!IsBlank(csv)) rows.Add([.. Enumerable.Range(0, csv.RowFieldCount).Select(i => csv.GetFieldSpan(i).Trim().ToString())]);
            }
        }
        catch (CsvFormatException e)
        {
            throw Broken(e);
        }

        if (rows.Count == 0) throw new GraftException($"'{file}' has no rows. A table has a row for each step, and most have a first row of names.");

        // Names are neither numbers nor times nor missing.
        hasHeader = !rows[0].All(text => Cell.IsMissing(text) || Cell.TryNumber(text, out _, out _) || TimeText.TryParse(text, out _, out _));
        int width = hasHeader ? rows[0].Length : rows.Max(row => row.Length);
        string[] names = [.. Enumerable.Range(0, width).Select(i => hasHeader && rows[0][i].Length > 0 ? rows[0][i] : $"{i + 1}")];
        Columns = [.. names.Select((name, i) => new ColumnInfo(name, Kind(name, [.. rows.Skip(hasHeader ? 1 : 0).Select(row => i < row.Length ? row[i] : "")])))];
        if (!hasHeader) notes.Add($"The first row has no names: columns are called {(width == 1 ? "1" : $"1 to {width}")}.");
    }

    public IReadOnlyList<ColumnInfo> Columns { get; }

    public IReadOnlyList<string> Notes => notes;

    public void Read(IReadOnlyList<int> numbers, IReadOnlyList<NumberColumn> into, int time, TimeColumn? times, CancellationToken cancellation)
    {
        using CsvDataReader csv = Open();
        int row = 0, blank = 0;
        try
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
                        $"'{file}', row {row} has {cells} cells, but there are {Columns.Count} columns. Put cells that hold a '{dialect.Separator}' into quotes; numbers with a decimal comma need ';' between cells.");
                }

                for (int j = 0; j < numbers.Count; j++) into[j].Add(numbers[j] < cells ? csv.GetFieldSpan(numbers[j]) : [], row);
                if (time >= 0) times!.Add(time < cells ? csv.GetFieldSpan(time) : [], row);
            }
        }
        catch (CsvFormatException e)
        {
            throw Broken(e);
        }

        if (blank > 0) notes.Add($"{blank:N0} empty {(blank == 1 ? "line was" : "lines were")} left out.");
        if (into.FirstOrDefault(column => column.HasDecimalComma) is { } comma) notes.Add($"Commas are decimal marks (column '{comma.Name}').");
    }

    private static ColumnKind Kind(string name, string[] cells)
    {
        string[] known = [.. cells.Where(cell => !Cell.IsMissing(cell))];
        if (known.Length == 0) return ColumnKind.Number;
        if (known.All(cell => TimeText.TryParse(cell, out _, out _))) return ColumnKind.Time;
        if (known.All(cell => Cell.TryNumber(cell, out double number, out _) && TimeColumn.IsUnix(number)) && IsTimeName(name)) return ColumnKind.Time;

        // One bad cell among numbers does not make a column of words: reading it will tell where the cell is.
        return 2 * known.Count(cell => Cell.TryNumber(cell, out _, out _)) > known.Length ? ColumnKind.Number : ColumnKind.Text;
    }

    /// <summary>Whether a column of large numbers is called so that they are times.</summary>
    public static bool IsTimeName(string name) =>
        name.Contains("time", StringComparison.OrdinalIgnoreCase) || name.Contains("date", StringComparison.OrdinalIgnoreCase)
        || name.Contains("unix", StringComparison.OrdinalIgnoreCase) || name.Contains("epoch", StringComparison.OrdinalIgnoreCase) || name is "ts" or "ds" or "t";

    private static bool IsBlank(CsvDataReader csv) => csv.RowFieldCount == 0 || (csv.RowFieldCount == 1 && csv.GetFieldSpan(0).Trim().IsEmpty);

    private CsvDataReader Open()
    {
        StreamReader reader = new(path, dialect.Encoding, detectEncodingFromByteOrderMarks: true);
        if (dialect.SaysSeparator) reader.ReadLine();
        return CsvDataReader.Create(reader, new CsvDataReaderOptions { HasHeaders = false, Delimiter = dialect.Separator, BufferSize = 1 << 16, MaxBufferSize = 1 << 22 });
    }

    private GraftException Broken(CsvFormatException e) => new($"'{file}' is not a table after row {e.RowNumber}: a quote is not closed, or a row is far too long. Correct the rows there.", e);
}
