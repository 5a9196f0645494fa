using System.Globalization;
using Graft.Reports.Page;

namespace Graft.Reports.Sections;

/// <summary>What a reader wants to know first.</summary>
internal static class SummarySection
{
    public static string Subtitle(TrainingReport report)
    {
        IEnumerable<string?> parts =
        [
            report.Mode,
            report.Trunk,
            report.Created?.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture),
        ];
        return string.Join(" · ", parts.Where(p => !string.IsNullOrEmpty(p)));
    }

    public static void Write(Html html, TrainingReport report)
    {
        html.Raw("<div class=\"tiles\">");
        if (report.Validation is { } metrics)
        {
            (double low, double high) = Interval.Wilson(metrics.Top1, metrics.Images);
            Tile(html, Texts.Percent(metrics.Top1), $"top-1 on {Amount.Of(metrics.Images, "image")} held out; 95 % interval {Texts.Percent(low)} to {Texts.Percent(high)}", main: true);
            if (report.Labels.Count > 5) Tile(html, Texts.Percent(metrics.Top5), "top-5");
        }

        if (report.LabelValidation is { Metrics: var labels })
        {
            Tile(html, Texts.Percent(labels.MeanAveragePrecision), $"mean average precision on {Amount.Of(labels.Images, "image")} held out", main: true);
            Tile(html, Texts.Percent(labels.ExactMatch), "of the images are given just their labels");
            Tile(html, Texts.Percent(labels.MicroF1), "F1 of all labels together");
        }

        if (report.ValueValidation is { Metrics: var values })
        {
            Tile(html, ValuesSection.R2(values.R2), $"R2 on {Amount.Of(values.Images, "image")} held out: 1 is perfect, 0 as good as the mean", main: true);
            if (values.PerValue.Count == 1) Tile(html, ValuesSection.Number(values.MeanAbsoluteError), "mean absolute error");
        }

        if (report.Calibration is { } calibration) Tile(html, Texts.Percent(calibration.ExpectedError), "expected calibration error");
        if (report.TrainImages > 0) Tile(html, Texts.Count(report.TrainImages), "images learned from");
        Tile(html, Texts.Count(report.Labels.Count), Amount.Word(report.Labels.Count, What(report)));
        if (report.Duration is { } duration) Tile(html, Texts.Duration(duration), "training time");
        if (report.ModelBytes is { } bytes) Tile(html, Texts.Size(bytes), "model file");
        html.Raw("</div>\n");

        if (report.Validation is null && report.LabelValidation is null && report.ValueValidation is null)
            html.Raw("<p class=\"soft\" style=\"margin-top:14px\">No image was held out, so nothing on this page says how good the model is.</p>\n");
        else if (report.IsRefitted)
            html.Raw("<p class=\"soft\" style=\"margin-top:14px\">The quality was measured on images that had not been learned from. Afterwards the model in the file was fitted again on all images.</p>\n");

        html.Raw("<dl>");
        Fact(html, "data", report.DataFolder);
        Fact(html, "images", report.TrainImages + report.ValidationImages == 0 ? null : $"{Texts.Count(report.TrainImages)} learned from, {Texts.Count(report.ValidationImages)} held out");
        Fact(html, Amount.Word(report.Labels.Count, What(report)), Listed(report.Labels));
        Fact(html, "trunk", report.Trunk);
        Fact(html, "model", report.ModelFile);
        foreach (ReportFact fact in report.Facts) Fact(html, fact.Name, fact.Value);
        html.Raw("</dl>\n");
    }

    /// <summary>What the model tells, in a word.</summary>
    private static string What(TrainingReport report) => report.LabelValidation is not null ? "label" : report.ValueValidation is not null ? "value" : "class";

    private static void Tile(Html html, string value, string name, bool main = false) =>
        html.Add($"<div class=\"{(main ? "tile main" : "tile")}\"><b>{value}</b><span>{name}</span></div>");

    /// <summary>Writes a name and its value; nothing where there is none.</summary>
    public static void Fact(Html html, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) html.Add($"<dt>{name}</dt><dd><bdi>{value}</bdi></dd>");
    }

    private static string Listed(IReadOnlyList<string> labels) => labels.Count <= 12
        ? string.Join(", ", labels)
        : $"{string.Join(", ", labels.Take(12))} and {labels.Count - 12} more";
}
