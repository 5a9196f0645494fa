using Graft.Reports.Page;
using Graft.Vision.Checking;

namespace Graft.Reports.Sections;

/// <summary>How much of what was found, and the box that collects what is marked.</summary>
internal static class CheckSummarySection
{
    public static void Write(Html html, CheckReport report) => WriteTable(html, report.Result, "");

    /// <summary>Writes what was found about the images of a training, beside whose report the page of the check may be.</summary>
    public static void WriteOfTraining(Html html, TrainingReport report)
    {
        html.Raw("<h2>The images</h2>\n<p>What may be wrong with the images that were learned from and judged by: copies make a result look better than it is, wrong labels make it worse.");
        if (report.CheckPage is { } page) html.Add($" <a href=\"{page}\">The page of the check</a> shows them, and collects what to leave out.");
        html.Raw("</p>\n");
        WriteTable(html, report.Check!, report.CheckPage);
    }

    /// <summary>Writes how much of what was found.</summary>
    /// <param name="html">The page.</param>
    /// <param name="result">What was found.</param>
    /// <param name="page">The page that shows it: empty for this one, null for none.</param>
    private static void WriteTable(Html html, CheckResult result, string? page)
    {
        if (result.NotJudged is not null) html.Add($"<p>{result.NotJudged}</p>\n");
        if (result.IsClean) html.Raw("<p>Nothing is wrong with these images, as far as can be seen.</p>\n");
        html.Raw("<table class=\"list found\"><thead><tr><th scope=\"col\">found</th><th class=\"n\" scope=\"col\">number</th>");
        html.Add($"<th class=\"n\" scope=\"col\">across {TaskNames.Kinds(result.Task)}</th>");
        html.Raw("<th class=\"n\" scope=\"col\">across parts</th></tr></thead>\n<tbody>\n");
        Row(html, page, "exact", "groups with the same pixels", result.Exact.Count, result.Exact.Count(c => c.CrossesClasses), result.Exact.Count(c => c.CrossesParts));
        Row(html, page, "near", "pairs nearly the same", result.Near.Count, result.Near.Count(c => c.CrossesClasses), result.Near.Count(c => c.CrossesParts));
        Row(html, page, "mirrored", "pairs of mirror images", result.Mirrored.Count, result.Mirrored.Count(c => c.CrossesClasses), result.Mirrored.Count(c => c.CrossesParts));
        Row(html, page, "labels", "labels worth a look", result.Suspects.Count);
        Row(html, page, "blurred", "blurred images", result.Blurred.Count);
        Row(html, page, "tiny", "tiny images", result.Tiny.Count);
        Row(html, page, "empty", "empty images", result.Empty.Count);
        Row(html, page, "odd", "odd images", result.Odd.Count);
        Row(html, page, "files", "unreadable files", result.Unreadable.Count);
        html.Raw("</tbody></table>\n");
    }

    /// <summary>Writes the box: it is empty, and hidden where no script runs.</summary>
    public static void WriteBox(Html html) => html.Raw(
        "<div id=\"box\" hidden=\"hidden\" data-empty=\"\"><div class=\"row\"><b></b>"
        + "<button id=\"suggested\" type=\"button\" title=\"All copies but one, disputed labels, empty images\">Mark the suggested</button><button id=\"clear\" type=\"button\" class=\"needs\">Clear</button>"
        + "<button id=\"copy\" type=\"button\" class=\"needs\">Copy</button><button id=\"save\" type=\"button\" class=\"needs\">Save</button></div>"
        + "<textarea readonly=\"readonly\" aria-label=\"Images to leave out\"></textarea></div>\n");

    private static void Row(Html html, string? page, string id, string what, int count, int? classes = null, int? parts = null)
    {
        html.Raw("<tr><th scope=\"row\">");
        if (count > 0 && page is not null) html.Add($"<a href=\"{page}#{id}\">{what}</a>");
        else html.Add($"{what}");
        html.Add($"</th><td class=\"n\">{Texts.Count(count)}</td><td class=\"n\">{(classes is { } c ? Texts.Count(c) : "")}</td><td class=\"n\">{(parts is { } p ? Texts.Count(p) : "")}</td></tr>\n");
    }
}
