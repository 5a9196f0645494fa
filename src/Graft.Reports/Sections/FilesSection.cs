using Graft.Reports.Page;
using Graft.Vision;

namespace Graft.Reports.Sections;

/// <summary>What was left out, and what is doubtful.</summary>
internal static class FilesSection
{
    // A hundred thousand bad files make a list that nobody reads and no browser opens.
    private const int Most = 500, MostOpen = 20;

    public static void Write(Html html, TrainingReport report) => Write(html, report.Notices, report.Skipped);

    public static void Write(Html html, IReadOnlyList<SkippedImage> notices, IReadOnlyList<SkippedImage> skipped)
    {
        html.Raw("<h2>Files</h2>\n");
        List(html, "Take note", notices);
        List(html, "Left out", skipped);
    }

    private static void List(Html html, string title, IReadOnlyList<SkippedImage> entries)
    {
        if (entries.Count == 0) return;
        html.Raw(entries.Count <= MostOpen ? "<details open=\"open\">" : "<details>");
        html.Add($"<summary>{title}: {Texts.Count(entries.Count)}</summary><div class=\"scroll\"><table class=\"list\"><tbody>\n");
        foreach (SkippedImage entry in entries.Take(Most)) html.Add($"<tr><td><bdi>{entry.Path}</bdi></td><td><bdi>{entry.Reason}</bdi></td></tr>\n");
        html.Raw("</tbody></table></div>");
        if (entries.Count > Most) html.Add($"<p class=\"soft\">and {Texts.Count(entries.Count - Most)} more</p>");
        html.Raw("</details>\n");
    }
}
