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

        int time = FindTime(table.Columns, request, notes);
        int[] targets = request.Targets.Count > 0 ? [.. request.Targets.Select(name => Find(table.Columns, name, "--target"))] : [OnlyTarget(table.Columns, time, notes)];
        int[] wanted = [.. targets.Distinct(), .. request.Inputs.Select(name => Find(table.Columns, name, "--inputs")).Distinct().Except(targets)];
        if (wanted.Contains(time)) throw new ArgumentsException($"Column '{table.Columns[time].Name}' is the time of the rows; it can't be a series as well. --time none takes rows as they come.");

        NumberColumn[] columns = [.. wanted.Select(i => new NumberColumn(file, table.Columns[i].Name))];
        TimeColumn? times = time >= 0 ? new(file, table.Columns[time].Name) : null;
        table.Read(wanted, columns, time, times, cancellation);
        notes.AddRange(table.Notes);
        int rows = columns[0].Values.Length;
        foreach (NumberColumn column in columns.Where(column => column.Missing > 0))
            notes.Add($"{column.Missing:N0} of {rows:N0} {(column.Missing == 1 ? "values is" : "values are")} missing in column '{column.Name}'.");

        (Matrix values, SeriesTime? when) = times is null ? (Side(columns, rows), null) : TimeGrid.Build(file, columns, times, request.Step, notes);
        return new([.. columns.Select(column => column.Name)], values, targets.Distinct().Count(), when, notes);
    }

    private static int FindTime(IReadOnlyList<ColumnInfo> columns, TableRequest request, List<string> notes)
    {
        if (string.Equals(request.Time, TableRequest.NoTime, StringComparison.OrdinalIgnoreCase)) return -1;
        if (request.Time is not null) return Find(columns, request.Time, "--time");
        int[] found = [.. Enumerable.Range(0, columns.Count).Where(i => columns[i].Kind == ColumnKind.Time)];
        if (found.Length > 1) notes.Add($"Columns {string.Join(", ", found.Select(i => $"'{columns[i].Name}'"))} have times: the first is taken; --time names another.");
        return found.Length > 0 ? found[0] : -1;
    }

    private static int OnlyTarget(IReadOnlyList<ColumnInfo> columns, int time, List<string> notes)
    {
        int[] numbers = [.. Enumerable.Range(0, columns.Count).Where(i => i != time && columns[i].Kind == ColumnKind.Number)];
        if (numbers.Length == 0) throw new GraftException($"No column has numbers; the columns are {List(columns)}. Give a table with a column of numbers to forecast.");
        if (numbers.Length > 1) throw new ArgumentsException($"Say which column to forecast with --target; those with numbers are {List(numbers.Select(i => columns[i]))}.");
        notes.Add($"Column '{columns[numbers[0]].Name}' is forecast, the only one with numbers.");
        return numbers[0];
    }

    private static int Find(IReadOnlyList<ColumnInfo> columns, string name, string option)
    {
        foreach (StringComparison how in (StringComparison[])[StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase])
        {
            int[] found = [.. Enumerable.Range(0, columns.Count).Where(i => columns[i].Name.Equals(name.Trim(), how))];
            if (found.Length == 1) return found[0];
            if (found.Length > 1) throw new GraftException($"{found.Length} columns are called '{columns[found[0]].Name}'. Give each its own name.");
        }

        throw new ArgumentsException($"{option}: there is no column '{name}'; the columns are {List(columns)}.");
    }

    private static string List(IEnumerable<ColumnInfo> columns)
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
