using Graft.Cli.TableFiles.Files;
using Graft.Cli.TableFiles.Numbers;
using Graft.Cli.TableFiles.Times;
using Graft.Formats;
using Graft.Numerics;

namespace Graft.Cli.TableFiles;

/// <summary>Reads series from a CSV or a Parquet file.</summary>
internal static class TableReader
{
    /// <summary>Reads the columns that are wanted.</summary>
    /// <exception cref="ArgumentsException">A column is not in the file, or it is not clear which to forecast.</exception>
    /// <exception cref="GraftException">The file is missing or broken, or a cell is not what its column should hold.</exception>
    public static SeriesTable Read(string path, TableRequest request, CancellationToken cancellation = default)
    {
        if (Directory.Exists(path)) throw new GraftException($"'{path}' is a folder. Give a CSV or Parquet file.");
        if (!File.Exists(path)) throw new GraftException($"There is no file '{path}'. Give a CSV or Parquet file; 'graft sample series' makes one.");
        string file = Path.GetFileName(path);
        ITableFile table = ParquetFile.Is(path) ? new ParquetFile(path) : new CsvFile(path);
        List<string> notes = [];

        int[] named = [.. request.Targets.Select(name => Find(table, name, "--target"))], inputs = [.. request.Inputs.Select(name => Find(table, name, "--inputs"))];
        TimeChoice time = Time(table, request.Options.Time, named, inputs, notes);
        int[] targets = named.Length > 0 ? [.. named.Distinct()] : [OnlyTarget(table, time, notes)], wanted = [.. targets, .. inputs.Distinct().Except(targets)];
        if (time.Places.Count == 1 && wanted.Contains(time.Places[0])) throw new ArgumentsException($"Column '{time.Name}' is the time of the rows; it can't be a series as well. --time none takes rows as they come.");

        NumberColumn[] columns = [.. wanted.Select(i => new NumberColumn(file, table.Columns[i].Name, request.Options.Decimal))];
        TimeColumn? times = time.Places.Count > 0 ? new(file, time.Name, request.Options.Dates, time.Unit) : null;
        table.Read(wanted, columns, time, times, cancellation);
        notes.AddRange(table.Notes);
        int rows = times?.Finish(notes) ?? columns[0].Values.Length;
        foreach (NumberColumn column in columns) column.Finish(rows, table.Marks, notes);
        foreach (NumberColumn column in columns.Where(column => column.Missing > 0))
            notes.Add($"{column.Missing:N0} of {Amount.Of(rows, "value")} {Amount.Word(column.Missing, "is", "are")} missing in column '{column.Name}'.");

        (Matrix values, SeriesTime? when) = times is null ? (Side(columns, rows), null) : TimeGrid.Build(file, columns, times, request.Step, notes);
        return new([.. columns.Select(column => column.Name)], values, targets.Length, when, notes)
        {
            Untimed = time.Untimed,
            Read = new() { Time = times?.Name, Dates = request.Options.Dates ?? times?.Order, Decimal = request.Options.Decimal ?? columns.Select(column => column.DecimalMark).FirstOrDefault(mark => mark is not null) },
        };
    }

    private static TimeChoice Time(ITableFile table, string? named, int[] targets, int[] inputs, List<string> notes)
    {
        if (string.Equals(named, TableOptions.NoTime, StringComparison.OrdinalIgnoreCase)) return new([], "", null, []);
        if (named is null) return TimeChoice.Find(table.Columns, targets, inputs, notes);
        bool isOne = !named.Contains(',') || table.Columns.Any(column => column.Name.Equals(named.Trim(), StringComparison.OrdinalIgnoreCase));
        return TimeChoice.Named(table, [.. (isOne ? [named] : named.Split(',')).Select(name => Find(table, name, "--time"))]);
    }

    private static int OnlyTarget(ITableFile table, TimeChoice time, List<string> notes)
    {
        IReadOnlyList<ColumnInfo> columns = table.Columns;
        int[] Of(params ColumnKind[] kinds) => [.. Enumerable.Range(0, columns.Count).Where(i => !time.Places.Contains(i) && kinds.Contains(columns[i].Kind))];
        int[] numbers = Of(ColumnKind.Number, ColumnKind.CountedTime), flags = Of(ColumnKind.Flag);
        if (numbers.Length == 0 && flags.Length > 0)
            throw new ArgumentsException($"No column has numbers; {List(flags.Select(i => columns[i]))} {(flags.Length == 1 ? "has" : "have")} yes and no, which is forecast only if it is named: --target '{columns[flags[0]].Name}'.");
        if (numbers.Length == 0) throw new GraftException($"No column has numbers; the columns are {List(columns)}.{Separators(table)} Give a table with a column of numbers to forecast.");
        if (numbers.Length > 1) throw new ArgumentsException($"Say which column to forecast with --target; those with numbers are {List(numbers.Select(i => columns[i]))}.");
        notes.Add($"Column '{columns[numbers[0]].Name}' is forecast, the only one with numbers.");
        return numbers[0];
    }

    private static int Find(ITableFile table, string name, string option)
    {
        IReadOnlyList<ColumnInfo> columns = table.Columns;
        foreach (StringComparison how in (StringComparison[])[StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase])
        {
            int[] found = [.. Enumerable.Range(0, columns.Count).Where(i => columns[i].Name.Equals(name.Trim(), how))];
            if (found.Length == 1) return found[0];
            if (found.Length > 1) throw new GraftException($"{found.Length} columns are called '{columns[found[0]].Name}'. Give each its own name.");
        }

        throw new ArgumentsException($"{option}: there is no column '{name}'; the columns are {List(columns)}.{Separators(table)}");
    }

    // A table of one column may be one whose separator is none.
    private static string Separators(ITableFile table) => table is CsvFile && table.Columns.Count == 1 ? $" {CsvDialect.Known}" : "";

    /// <summary>Columns by their names.</summary>
    public static string List(IEnumerable<ColumnInfo> columns)
    {
        const int Most = 20;
        string[] names = [.. columns.Select(column => $"'{column.Name}'")];
        return string.Join(", ", names.Take(Most)) + (names.Length > Most ? $" and {names.Length - Most} more" : "");
    }

    private static Matrix Side(NumberColumn[] columns, int rows)
    {
        Matrix values = new(rows, columns.Length);
        for (int j = 0; j < columns.Length; j++)
        {
            ReadOnlySpan<double> column = columns[j].Values;
            for (int t = 0; t < rows; t++) values[t, j] = column[t];
        }

        return values;
    }
}
