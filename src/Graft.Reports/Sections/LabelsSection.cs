using Graft.Readouts;
using Graft.Reports.Page;

namespace Graft.Reports.Sections;

/// <summary>Each label of several by itself.</summary>
internal static class LabelsSection
{
    public static void Write(Html html, TrainingReport report)
    {
        MultiLabelMetrics metrics = report.LabelValidation!.Metrics;
        html.Raw("<h2>Labels</h2>\n<p class=\"soft\">The held-out images by label, the label that was recognized worst first. Average precision: the area under precision over recall, whatever the threshold. Recall: the part of the images with a label "
            + "that were given it. Precision: the part of the images given a label that have it. A label is given from the probability in the last column on, which was chosen on these images.</p>\n"
            + "<div class=\"scroll\"><table class=\"list\"><thead><tr><th scope=\"col\">label</th><th class=\"n\" scope=\"col\">average precision</th><th class=\"n\" scope=\"col\">recall</th><th class=\"n\" scope=\"col\">precision</th><th class=\"n\" scope=\"col\">F1</th>"
            + "<th class=\"n\" scope=\"col\">images</th><th class=\"n\" scope=\"col\">given from</th></tr></thead>\n<tbody>\n");
        foreach (int c in Enumerable.Range(0, report.Labels.Count).OrderBy(c => metrics.PerLabel[c].Images == 0).ThenBy(c => metrics.PerLabel[c].AveragePrecision))
        {
            LabelMetrics row = metrics.PerLabel[c];
            html.Add($"<tr><th scope=\"row\"><bdi>{report.Labels[c]}</bdi></th>");
            foreach (double part in (double[])[row.AveragePrecision, row.Recall, row.Precision, row.F1])
            {
                if (row.Images > 0) html.Add($"<td class=\"n\">{Texts.Percent(part)}<span class=\"meter\"><i style=\"--p:{100 * part}\"></i></span></td>");
                else html.Raw("<td class=\"n\">-</td>");
            }

            html.Add($"<td class=\"n\">{Texts.Count(row.Images)}</td><td class=\"n\">{Texts.Percent(row.Threshold)}</td></tr>\n");
        }

        html.Raw("</tbody></table></div>\n");
    }
}
