using System.Text;
using Graft.Cli.Output;
using Graft.Cli.Plots;
using Graft.Cli.TableFiles.Files;

namespace Graft.Cli.Commands.Forecasting;

/// <summary>Writes a forecast as a CSV file that Graft reads again.</summary>
internal static class ForecastTable
{
    private const string Option = "--out-table", RowName = "row";

    /// <summary>Makes sure, before long work, that the file can be written afterwards.</summary>
    /// <exception cref="ArgumentsException">Its name is not that of a CSV file.</exception>
    public static void Require(string path)
    {
        if (!Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase)) throw new ArgumentsException($"{Option} writes a .csv file, not '{path}'.");
        OutputFile.RequireWritable(path, Option);
    }

    /// <summary>Writes a row a step: its time, or its number; then each target's value and the ends of its interval, and the truth where it was held back.</summary>
    public static void Write(string path, ForecastResult result)
    {
        List<string> names = [];
        List<double[]> columns = [];
        string first = result.HistoryTime?.Column ?? RowName;
        void Add(string name, double[] values)
        {
            string free = name;
            for (int i = 2; names.Contains(free, StringComparer.OrdinalIgnoreCase) || free.Equals(first, StringComparison.OrdinalIgnoreCase); i++) free = $"{name}_{i}";
            names.Add(free);
            columns.Add(values);
        }

        foreach (ForecastCurves curves in result.Curves) Add(curves.Name, curves.Value);
        foreach (ForecastCurves curves in result.Curves)
        {
            Add($"{curves.Name}_low", curves.Low);
            Add($"{curves.Name}_high", curves.High);
            if (curves.Truth.Length > 0) Add($"{curves.Name}_truth", curves.Truth);
        }

        StringBuilder text = new();
        text.AppendJoin(',', names.Prepend(first).Select(CsvText.Cell)).Append('\n');
        for (int h = 0; h < result.Steps.Count; h++)
            text.AppendJoin(',', columns.Select(column => CsvText.Cell(column[h])).Prepend(CsvText.Cell(result.Steps[h]))).Append('\n');
        byte[] content = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetBytes(text.ToString());
        OutputFile.Write(path, stream => stream.Write(content));
    }
}
