using System.Globalization;
using Graft.Readouts;
using Graft.Reports.Page;
using Graft.Reports.Plots;
using Graft.Vision.Tasks;

namespace Graft.Reports.Sections;

/// <summary>Numbers: how far off they were, and each image as a point.</summary>
internal static class ValuesSection
{
    public static void Write(Html html, TrainingReport report)
    {
        ValueJudgement judgement = report.ValueValidation!;
        html.Raw("<h2>Values</h2>\n<p class=\"soft\">On the held-out images: the mean of how far off the numbers were, the root of the mean of its square, and R2, the part of the variance that is told.</p>\n"
            + "<div class=\"scroll\"><table class=\"list\"><thead><tr><th scope=\"col\">value</th><th class=\"n\" scope=\"col\">mean absolute error</th><th class=\"n\" scope=\"col\">root mean square</th><th class=\"n\" scope=\"col\">R2</th><th class=\"n\" scope=\"col\">interval</th></tr></thead>\n<tbody>\n");
        for (int c = 0; c < report.Labels.Count; c++)
        {
            ValueMetrics row = judgement.Metrics.PerValue[c];
            string interval = report.Margins.Count > c ? $"\u00b1 {Number(report.Margins[c])}" : "-";
            html.Add($"<tr><th scope=\"row\"><bdi>{report.Labels[c]}</bdi></th><td class=\"n\">{Number(row.MeanAbsoluteError)}</td><td class=\"n\">{Number(row.RootMeanSquaredError)}</td><td class=\"n\">{R2(row.R2)}</td><td class=\"n\">{interval}</td></tr>\n");
        }

        html.Raw("</tbody></table></div>\n");
        if (report.Margins.Count > 0) html.Add($"<p class=\"soft\">The interval holds the true number of {Texts.Percent(report.Coverage)} of images that are like the held-out ones (split conformal prediction).</p>\n");
        html.Raw("<div class=\"charts\">");
        for (int c = 0; c < report.Labels.Count; c++)
            new ScatterChart(report.Labels[c], [.. judgement.Judged.Select(image => new ScatterPoint(image.Item.Targets[c], image.Outputs[c], image.Item.RelativePath))], report.Margins.Count > c ? report.Margins[c] : null).Write(html);
        html.Raw("</div>\n");
    }

    /// <summary>R2 as people read it.</summary>
    public static string R2(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>A number with as many digits as tell.</summary>
    public static string Number(double value) => Math.Abs(value) >= 1000 ? value.ToString("N0", CultureInfo.InvariantCulture) : value.ToString("G4", CultureInfo.InvariantCulture);
}
