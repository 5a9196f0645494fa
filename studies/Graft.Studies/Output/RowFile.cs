using System.Globalization;
using System.Text;
using Graft.Formats;

namespace Graft.Studies.Output;

/// <summary>Rows as comma-separated values: <c>measure,series,x,seed,value</c>.</summary>
internal static class RowFile
{
    private const string Header = "measure,series,x,seed,value";

    /// <summary>Writes rows; the file appears whole or not at all.</summary>
    public static void Write(string path, IEnumerable<Row> rows)
    {
        StringBuilder text = new StringBuilder(Header).Append('\n');
        foreach (Row row in rows)
        {
            if (row.Measure.Contains(',') || row.Series.Contains(',')) throw new ArgumentException($"Names in a table have no commas; '{row.Measure}' or '{row.Series}' has one.", nameof(rows));
            text.Append(CultureInfo.InvariantCulture, $"{row.Measure},{row.Series},{row.X:R},{row.Seed},{row.Value:G6}\n");
        }

        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="GraftException">The file is missing or not such a table.</exception>
    public static IReadOnlyList<Row> Read(string path)
    {
        if (!File.Exists(path)) throw new GraftException($"There is no '{path}' to draw. Run the study without --plot-only first.");
        string[] lines = File.ReadAllLines(path);
        if (lines.Length == 0 || lines[0] != Header) throw new GraftException($"A study's table begins with '{Header}'; '{path}' does not. Run the study again.");
        return [.. lines.Skip(1).Select((line, i) => Parse(line) ?? throw new GraftException($"Line {i + 2} of '{path}' is not a row of '{Header}': '{line}'. Run the study again."))];
    }

    private static Row? Parse(string line)
    {
        string[] cells = line.Split(',');
        return cells.Length == 5 && double.TryParse(cells[2], CultureInfo.InvariantCulture, out double x)
            && ulong.TryParse(cells[3], CultureInfo.InvariantCulture, out ulong seed) && double.TryParse(cells[4], CultureInfo.InvariantCulture, out double value)
            ? new Row(cells[0], cells[1], x, seed, value)
            : null;
    }
}
