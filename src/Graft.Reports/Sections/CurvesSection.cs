using Graft.Reports.Page;
using Graft.Reports.Plots;
using Graft.Vision.Tasks;

namespace Graft.Reports.Sections;

/// <summary>How the run went.</summary>
internal static class CurvesSection
{
    public static bool Has(TrainingReport report) => report.History.Count > 0 || report.LearningRateTest is not null;

    public static void Write(Html html, TrainingReport report)
    {
        html.Raw("<h2>Curves</h2>\n");
        if (report.History.Any(r => r.LearnedLoss is not null && r.ValidationLoss is not null))
            html.Raw("<p class=\"soft\">Measured after each epoch in the same way, on images as they are: on the held-out images, and on a sample of those that were learned from. Where the two part, the model knows by heart what it does not recognize elsewhere.</p>\n");
        html.Raw("<div class=\"charts\">\n");
        HistoryRow[] rows = [.. report.History.OrderBy(r => r.Epoch)];
        (double, string)[] marks = [.. report.Marks.Select(m => (m.Epoch, m.Text))];
        double[] covers = rows.Length == 0 ? [] : [0, rows[^1].Epoch];
        new LineChart("Loss", "epoch", [Curve("learned from", "a", rows, r => r.LearnedLoss), Curve("held out", "b", rows, r => r.ValidationLoss)]) { Marks = marks, Covers = covers }.Write(html);
        string score = report.Score == ScoreKind.Top1 ? "Top-1" : report.Score.Short;
        new LineChart(score, "epoch", [Curve("learned from", "a", rows, r => r.LearnedScore), Curve("held out", "b", rows, r => r.ValidationScore)]) { Marks = marks, Covers = covers, IsPercent = report.Score.IsPart }.Write(html);
        new LineChart("Learning rate", "epoch", [Curve("learning rate", "c", rows, r => r.LearningRate)]) { Marks = marks, Covers = covers }.Write(html);
        if (report.LearningRateTest is { } test)
        {
            Series curve = new("loss", "a", [.. test.Points.Where(p => p.Rate > 0 && double.IsFinite(p.Rate)).OrderBy(p => p.Rate)]);
            new LineChart("Learning-rate range test", "learning rate", [curve]) { IsLogarithmic = true, Marks = [(test.Chosen, $"taken: {Texts.Short(test.Chosen)}")] }.Write(html);
        }

        html.Raw("</div>\n");
    }

    private static Series Curve(string name, string style, HistoryRow[] rows, Func<HistoryRow, double?> value) =>
        new(name, style, [.. rows.Where(r => value(r) is not null).Select(r => (r.Epoch, value(r)!.Value))]);
}
