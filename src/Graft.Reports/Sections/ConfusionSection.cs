using Graft.Readouts;
using Graft.Reports.Page;

namespace Graft.Reports.Sections;

/// <summary>What was taken for what.</summary>
internal static class ConfusionSection
{
    // A wider table is drawn small; a table over the second limit is cut to the classes that were mistaken most.
    private const int Dense = 24, Largest = 150;

    private const int MostPairs = 15;

    public static void Write(Html html, TrainingReport report)
    {
        ClassificationMetrics metrics = report.Validation!;
        int[] shown = Shown(metrics);
        html.Raw("<h2>Confusion</h2>\n");
        WritePairs(html, report, metrics);
        string cut = shown.Length < report.Labels.Count ? $" Shown are the {shown.Length} classes with the most mistakes of {report.Labels.Count}." : "";
        html.Add($"<p class=\"soft\">Rows: what the images are. Columns: what they were taken for. The colour is the part of the row.{cut}</p>\n");
        html.Add($"<div class=\"scroll\"><table class=\"{(shown.Length > Dense ? "confusion dense" : "confusion")}\">\n");
        html.Raw("<thead><tr><th class=\"corner\"></th>");
        foreach (int p in shown) html.Add($"<th scope=\"col\" title=\"{report.Labels[p]}\"><bdi>{report.Labels[p]}</bdi></th>");
        html.Raw("</tr></thead>\n<tbody>\n");
        foreach (int t in shown)
        {
            html.Add($"<tr><th scope=\"row\" title=\"{report.Labels[t]}\"><bdi>{report.Labels[t]}</bdi></th>");
            foreach (int p in shown) WriteCell(html, report, metrics, t, p);
            html.Raw("</tr>\n");
        }

        html.Raw("</tbody></table></div>\n");
    }

    private static void WriteCell(Html html, TrainingReport report, ClassificationMetrics metrics, int t, int p)
    {
        int count = metrics.Confusion[t, p], images = metrics.PerClass[t].Images;
        if (count == 0)
        {
            html.Raw(t == p ? "<td class=\"d\">0</td>" : "<td></td>");
            return;
        }

        // Below this a single mistake would look like none; above it letters would be hard to read.
        double strength = 12 + (58.0 * count / images);
        string told = t == p
            ? $"{report.Labels[t]}: {count} of {images} recognized"
            : $"{report.Labels[t]} taken for {report.Labels[p]}: {count} of {images}";
        html.Add($"<td class=\"{(t == p ? "d" : "w")}\" style=\"--p:{Math.Round(strength)}\" title=\"{told}\">{count}</td>");
    }

    private static void WritePairs(Html html, TrainingReport report, ClassificationMetrics metrics)
    {
        IReadOnlyList<ConfusedPair> pairs = metrics.MostConfused(MostPairs);
        if (pairs.Count == 0)
        {
            html.Add($"<p>Each of the {Amount.Of(metrics.Images, "image")} held out was recognized.</p>\n");
            return;
        }

        html.Raw("<p>Most often ");
        for (int i = 0; i < Math.Min(3, pairs.Count); i++)
            html.Add($"{(i == 0 ? "" : i == Math.Min(3, pairs.Count) - 1 ? " and " : ", ")}<b><bdi>{report.Labels[pairs[i].True]}</bdi></b> was taken for <b><bdi>{report.Labels[pairs[i].Predicted]}</bdi></b> ({pairs[i].Images})");
        html.Raw(".</p>\n");
        if (report.Labels.Count <= Dense) return;
        html.Raw("<details open=\"open\"><summary>The pairs that were confused most</summary><table class=\"list\"><thead><tr><th scope=\"col\">is</th><th scope=\"col\">taken for</th><th class=\"n\" scope=\"col\">images</th><th class=\"n\" scope=\"col\">of the class</th></tr></thead><tbody>\n");
        foreach (ConfusedPair pair in pairs)
            html.Add($"<tr><td><bdi>{report.Labels[pair.True]}</bdi></td><td><bdi>{report.Labels[pair.Predicted]}</bdi></td><td class=\"n\">{pair.Images}</td><td class=\"n\">{Texts.Percent(pair.Images / (double)metrics.PerClass[pair.True].Images)}</td></tr>\n");
        html.Raw("</tbody></table></details>\n");
    }

    private static int[] Shown(ClassificationMetrics metrics)
    {
        int classes = metrics.PerClass.Count;
        if (classes <= Largest) return [.. Enumerable.Range(0, classes)];
        int[] mistakes = new int[classes];
        for (int t = 0; t < classes; t++)
        {
            for (int p = 0; p < classes; p++)
            {
                if (t == p) continue;
                mistakes[t] += metrics.Confusion[t, p];
                mistakes[p] += metrics.Confusion[t, p];
            }
        }

        return [.. Enumerable.Range(0, classes).OrderByDescending(c => mistakes[c]).Take(Largest).Order()];
    }
}
