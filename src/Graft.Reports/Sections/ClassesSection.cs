using Graft.Readouts;
using Graft.Reports.Page;

namespace Graft.Reports.Sections;

/// <summary>Each class by itself.</summary>
internal static class ClassesSection
{
    public static void Write(Html html, TrainingReport report)
    {
        ClassificationMetrics metrics = report.Validation!;
        html.Raw("<h2>Classes</h2>\n<p class=\"soft\">The held-out images by class, the class that was recognized worst first. Recall: the part of its images that was "
            + "recognized. Precision: the part of the images called so that were so. F1: their harmonic mean.</p>\n"
            + "<div class=\"scroll\"><table class=\"list\"><thead><tr><th scope=\"col\">class</th><th class=\"n\" scope=\"col\">recall</th><th class=\"n\" scope=\"col\">precision</th><th class=\"n\" scope=\"col\">F1</th><th class=\"n\" scope=\"col\">images</th></tr></thead>\n<tbody>\n");
        foreach (int c in Enumerable.Range(0, report.Labels.Count).OrderBy(c => metrics.PerClass[c].Images == 0).ThenBy(c => F1(metrics.PerClass[c])))
        {
            ClassMetrics row = metrics.PerClass[c];
            bool called = Enumerable.Range(0, report.Labels.Count).Any(t => metrics.Confusion[t, c] > 0);
            html.Add($"<tr><th scope=\"row\"><bdi>{report.Labels[c]}</bdi></th>");
            Cell(html, row.Images > 0, row.Recall);
            Cell(html, called, row.Precision);
            Cell(html, row.Images > 0, F1(row));
            html.Add($"<td class=\"n\">{Texts.Count(row.Images)}</td></tr>\n");
        }

        html.Raw("</tbody></table></div>\n");
    }

    private static double F1(ClassMetrics row) => row.Recall + row.Precision == 0 ? 0 : 2 * row.Recall * row.Precision / (row.Recall + row.Precision);

    private static void Cell(Html html, bool isKnown, double part)
    {
        if (isKnown) html.Add($"<td class=\"n\">{Texts.Percent(part)}<span class=\"meter\"><i style=\"--p:{100 * part}\"></i></span></td>");
        else html.Raw("<td class=\"n\">-</td>");
    }
}
