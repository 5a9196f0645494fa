using Graft.Readouts;
using Graft.Vision;
using Graft.Vision.Evaluating;
using Spectre.Console;

namespace Graft.Cli.Output;

/// <summary>How good a classifier is, as tables for people and as data for JSON.</summary>
internal static class Quality
{
    private const int MostRows = 10;

    /// <summary>Shows accuracy, a table of the classes, the most confused pairs and the calibration.</summary>
    public static void Show(Terminal terminal, IReadOnlyList<string> labels, ClassificationMetrics metrics, Calibration calibration)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("class").AddColumns(Tables.Number("recall"), Tables.Number("precision"), Tables.Number("images"));
        for (int i = 0; i < labels.Count; i++)
        {
            ClassMetrics row = metrics.PerClass[i];
            table.AddRow(Tables.Cell(labels[i]), row.Images == 0 ? "-" : Tables.Percent(row.Recall), Tables.Percent(row.Precision), $"{row.Images:N0}");
        }

        terminal.Show(table);
        IReadOnlyList<ConfusedPair> confused = metrics.MostConfused(5);
        if (confused.Count > 0)
            terminal.Print("Most confused: " + string.Join(", ", confused.Select(p => $"{Printable.Name(labels[p.True])} taken for {Printable.Name(labels[p.Predicted])} ({p.Images:N0})")) + ".");
        terminal.Print($"Top-1 {Tables.Percent(metrics.Top1)}{(labels.Count > 5 ? $", top-5 {Tables.Percent(metrics.Top5)}" : "")} on {Amount.Of(metrics.Images, "image")}. "
            + $"Its probabilities are off by {Tables.Percent(calibration.ExpectedError)} on average.");
    }

    /// <summary>Shows the mistakes that the model was surest of.</summary>
    public static void ShowMistakes(Terminal terminal, IReadOnlyList<string> labels, IReadOnlyList<JudgedImage> judged)
    {
        JudgedImage[] worst = [.. judged.Where(j => j.Predicted != j.Item.Label).OrderByDescending(j => j.Probability).Take(MostRows)];
        if (worst.Length == 0) return;
        Table table = new Table().Border(TableBorder.Simple).Title("Worst mistakes").AddColumns("image", "is", "taken for").AddColumn(Tables.Number("sure"));
        foreach (JudgedImage mistake in worst)
            table.AddRow(Tables.Cell(mistake.Item.RelativePath), Tables.Cell(labels[mistake.Item.Label]), Tables.Cell(labels[mistake.Predicted]), Tables.Percent(mistake.Probability));
        terminal.Show(table);
    }

    /// <summary>Shows the labels of images that were learned from which the others dispute.</summary>
    public static void ShowDisputed(Terminal terminal, IReadOnlyList<string> labels, IReadOnlyList<JudgedImage> disputed)
    {
        if (disputed.Count == 0) return;
        Table table = new Table().Border(TableBorder.Simple).Title("Labels worth a look").AddColumns("learned from", "is in", "the others say").AddColumn(Tables.Number("sure"));
        foreach (JudgedImage dispute in disputed.Take(MostRows))
            table.AddRow(Tables.Cell(dispute.Item.RelativePath), Tables.Cell(labels[dispute.Item.Label]), Tables.Cell(labels[dispute.Predicted]), Tables.Percent(dispute.Probability));
        terminal.Show(table);
    }

    /// <summary>Disputed labels as data.</summary>
    public static object[] Disputed(IReadOnlyList<string> labels, IReadOnlyList<JudgedImage> disputed) =>
        [.. disputed.Select(d => new { Image = d.Item.RelativePath, Label = labels[d.Item.Label], Suggested = labels[d.Predicted], d.Probability })];

    /// <summary>Shows what was left out, and what was used although something is wrong with it.</summary>
    public static void ShowSkipped(Terminal terminal, IReadOnlyList<SkippedImage> skipped, IReadOnlyList<SkippedImage> notices)
    {
        List("Left out", skipped);
        List("Take note", notices);

        void List(string title, IReadOnlyList<SkippedImage> entries)
        {
            if (entries.Count == 0) return;
            terminal.Warn($"{title}: {entries.Count:N0}");
            foreach (SkippedImage entry in entries.Take(MostRows)) terminal.Note($"  {entry.Path}: {entry.Reason}");
            if (entries.Count > MostRows) terminal.Note($"  ... and {entries.Count - MostRows:N0} more; --json lists them all.");
        }
    }

    /// <summary>The numbers of each class under its name.</summary>
    public static Dictionary<string, object> PerClass(IReadOnlyList<string> labels, ClassificationMetrics metrics) =>
        labels.Select((label, i) => (label, Row: metrics.PerClass[i])).ToDictionary(
            p => p.label, p => (object)new { Recall = p.Row.Images == 0 ? (double?)null : p.Row.Recall, p.Row.Precision, p.Row.Images });

    /// <summary>The rows of a matrix.</summary>
    public static int[][] Rows(int[,] matrix) =>
        [.. Enumerable.Range(0, matrix.GetLength(0)).Select(i => Enumerable.Range(0, matrix.GetLength(1)).Select(j => matrix[i, j]).ToArray())];
}
