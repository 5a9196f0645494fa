using Graft.Reports.Page;
using Graft.Reports.Sections;

namespace Graft.Reports;

/// <summary>
/// A training run as one HTML file that needs nothing else: no network, no fonts, no scripts but one that switches between light and dark. It is well-formed XML, too.
/// </summary>
internal static class HtmlReport
{
    /// <summary>The page.</summary>
    /// <param name="report">What there is to say.</param>
    /// <exception cref="GraftException">The metrics are of another number of classes than there are labels.</exception>
    public static string Render(TrainingReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (report.Validation is { } validation && validation.PerClass.Count != report.Labels.Count)
            throw new GraftException($"A report has a label for each class of its metrics; '{report.Title}' has {report.Labels.Count} labels and metrics of {validation.PerClass.Count} classes.");

        (string Id, string Name, bool Shown, Action<Html, TrainingReport> Write)[] sections =
        [
            ("summary", "Summary", true, SummarySection.Write),
            ("curves", "Curves", CurvesSection.Has(report), CurvesSection.Write),
            ("classes", "Classes", report.Validation is not null, ClassesSection.Write),
            ("confusion", "Confusion", report.Validation is not null, ConfusionSection.Write),
            ("labels-each", "Labels", report.LabelValidation is not null, LabelsSection.Write),
            ("values", "Values", report.ValueValidation is not null, ValuesSection.Write),
            ("mistakes", "Mistakes", report.Validation is not null, ImagesSection.WriteMistakes),
            ("worst", "Mistakes", report.Images.Worst.Count > 0, ImagesSection.WriteWorst),
            ("labels", "Doubtful labels", report.Images.Disputed.Count > 0, ImagesSection.WriteDisputed),
            ("right", "Right answers", report.Images.Right.Count > 0, ImagesSection.WriteRight),
            ("calibration", "Calibration", report.Calibration is not null, CalibrationSection.Write),
            ("check", "Images", report.Check is not null, CheckSummarySection.WriteOfTraining),
            ("files", "Files", report.Skipped.Count + report.Notices.Count > 0, FilesSection.Write),
            ("options", "Options", report.Options.Count > 0, OptionsSection.Write),
            ("use", "Use it", report.ModelFile is not null || report.Command is not null, UseSection.Write),
        ];

        return HtmlPage.Render(
            report.Title, "training report", SummarySection.Subtitle(report),
            [.. sections.Where(section => section.Shown).Select(section => new PageSection(section.Id, section.Name, html => section.Write(html, report)))]);
    }
}
