using Graft.Reports.Page;

namespace Graft.Reports.Sections;

/// <summary>All that was asked for.</summary>
internal static class OptionsSection
{
    public static void Write(Html html, TrainingReport report)
    {
        html.Raw("<h2>Options</h2>\n<dl>");
        foreach (ReportFact option in report.Options) SummarySection.Fact(html, option.Name, option.Value);
        html.Raw("</dl>\n");
    }
}
