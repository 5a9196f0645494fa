using Graft.Readouts;
using Graft.Vision.Tasks;
using Spectre.Console;

namespace Graft.Cli.Output;

/// <summary>How good a model of numbers is, as tables for people and as data for JSON.</summary>
internal static class ValueQuality
{
    private const int MostRows = 10;

    /// <summary>Shows the errors of each value and the images that are farthest off.</summary>
    public static void Show(Terminal terminal, IReadOnlyList<string> names, ValueJudgement judgement)
    {
        RegressionMetrics metrics = judgement.Metrics;
        Table table = new Table().Border(TableBorder.Simple).AddColumn("value").AddColumns(Tables.Number("mean absolute error"), Tables.Number("root mean square"), Tables.Number("R2"));
        for (int i = 0; i < names.Count; i++)
            table.AddRow(Tables.Cell(names[i]), Text(metrics.PerValue[i].MeanAbsoluteError), Text(metrics.PerValue[i].RootMeanSquaredError), $"{metrics.PerValue[i].R2:0.000}");
        terminal.Show(table);
        string covered = judgement.Covered is { } part ? $" {Tables.Percent(part)} of the true numbers lie within the intervals." : "";
        terminal.Print($"R2 {metrics.R2:0.000} on {Amount.Of(metrics.Images, "image")}.{covered}");
        Table worst = new Table().Border(TableBorder.Simple).Title("Worst mistakes").AddColumns("image", "value").AddColumns(Tables.Number("is"), Tables.Number("taken for"));
        foreach (JudgedOutputs image in judgement.Worst.Take(MostRows))
        {
            int value = Enumerable.Range(0, names.Count).MaxBy(i => Math.Abs(image.Outputs[i] - image.Item.Targets[i]) / Math.Max(metrics.PerValue[i].RootMeanSquaredError, float.Epsilon));
            worst.AddRow(Tables.Cell(image.Item.RelativePath), Tables.Cell(names[value]), Text(image.Item.Targets[value]), Text(image.Outputs[value]));
        }

        terminal.Show(worst);
    }

    /// <summary>The errors of each value under its name.</summary>
    public static Dictionary<string, object> PerValue(IReadOnlyList<string> names, RegressionMetrics metrics) => names.Select((name, i) => (name, Row: metrics.PerValue[i])).ToDictionary(
        pair => pair.name, pair => (object)new { Mae = pair.Row.MeanAbsoluteError, Rmse = pair.Row.RootMeanSquaredError, R2 = Known(pair.Row.R2) });

    /// <summary>A number that JSON can hold.</summary>
    public static double? Known(double value) => double.IsFinite(value) ? value : null;

    /// <summary>A number with as many digits as tell.</summary>
    public static string Text(double value) => Math.Abs(value) >= 1000 ? $"{value:N0}" : value.ToString("G4", System.Globalization.CultureInfo.InvariantCulture);
}
