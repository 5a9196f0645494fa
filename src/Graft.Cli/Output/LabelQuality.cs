using Graft.Readouts;
using Graft.Vision.Tasks;
using Spectre.Console;

namespace Graft.Cli.Output;

/// <summary>How good a model of several labels is, as tables for people and as data for JSON.</summary>
internal static class LabelQuality
{
    private const int MostRows = 10;

    /// <summary>Shows a table of the labels, the means and the images that it finds strangest.</summary>
    public static void Show(Terminal terminal, IReadOnlyList<string> labels, LabelJudgement judgement)
    {
        MultiLabelMetrics metrics = judgement.Metrics;
        Table table = new Table().Border(TableBorder.Simple).AddColumn("label").AddColumns(
            Tables.Number("average precision"), Tables.Number("recall"), Tables.Number("precision"), Tables.Number("from"), Tables.Number("images"));
        for (int i = 0; i < labels.Count; i++)
        {
            LabelMetrics row = metrics.PerLabel[i];
            table.AddRow(
                Tables.Cell(labels[i]), row.Images == 0 ? "-" : Tables.Percent(row.AveragePrecision), row.Images == 0 ? "-" : Tables.Percent(row.Recall), Tables.Percent(row.Precision), Tables.Percent(row.Threshold), $"{row.Images:N0}");
        }

        terminal.Show(table);
        terminal.Print(
            $"Mean average precision {Tables.Percent(metrics.MeanAveragePrecision)} on {Amount.Of(metrics.Images, "image")}; just the right labels for {Tables.Percent(metrics.ExactMatch)}, F1 of all labels together {Tables.Percent(metrics.MicroF1)}.");
        ShowWorst(terminal, labels, judgement);
    }

    /// <summary>The numbers of each label under its name.</summary>
    public static Dictionary<string, object> PerClass(IReadOnlyList<string> labels, MultiLabelMetrics metrics) => labels.Select((label, i) => (label, Row: metrics.PerLabel[i])).ToDictionary(
        pair => pair.label,
        pair => (object)new { Ap = pair.Row.Images == 0 ? (double?)null : pair.Row.AveragePrecision, Recall = pair.Row.Images == 0 ? (double?)null : pair.Row.Recall, pair.Row.Precision, pair.Row.F1, pair.Row.Images, pair.Row.Threshold });

    private static void ShowWorst(Terminal terminal, IReadOnlyList<string> labels, LabelJudgement judgement)
    {
        Table table = new Table().Border(TableBorder.Simple).Title("Worst mistakes").AddColumns("image", "has", "is given");
        foreach (JudgedOutputs image in judgement.Worst.Take(MostRows))
        {
            string has = Names(i => image.Item.Targets[i] > 0), given = Names(i => image.Outputs[i] >= judgement.Metrics.PerLabel[i].Threshold);
            if (has != given) table.AddRow(Tables.Cell(image.Item.RelativePath), Tables.Cell(has), Tables.Cell(given));
        }

        if (table.Rows.Count > 0) terminal.Show(table);

        string Names(Predicate<int> isIn) => string.Join(", ", Enumerable.Range(0, labels.Count).Where(i => isIn(i)).Select(i => Printable.Name(labels[i]))) is { Length: > 0 } names ? names : "-";
    }
}
