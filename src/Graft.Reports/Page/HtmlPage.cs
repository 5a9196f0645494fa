using System.Security.Cryptography;
using System.Text;

namespace Graft.Reports.Page;

/// <summary>A part of a page.</summary>
/// <param name="Id">Its name in links.</param>
/// <param name="Name">Its name for readers.</param>
/// <param name="Write">Writes what is in it.</param>
internal sealed record PageSection(string Id, string Name, Action<Html> Write);

/// <summary>The frame of every page: one file that needs nothing else, with a switch between light and dark. It is well-formed XML, too.</summary>
internal static class HtmlPage
{
    /// <summary>The page.</summary>
    /// <param name="title">What it is about.</param>
    /// <param name="kind">What kind of page it is, in a few words.</param>
    /// <param name="subtitle">A line below the title.</param>
    /// <param name="sections">Its parts.</param>
    /// <param name="writeLast">Writes what comes after them, or null.</param>
    /// <param name="assets">The names of styles and scripts beyond those of every page, without their extensions.</param>
    public static string Render(string title, string kind, string subtitle, IReadOnlyList<PageSection> sections, Action<Html>? writeLast = null, params IReadOnlyList<string> assets)
    {
        string[] names = ["report", .. assets], scripts = [.. names.Select(name => Asset(name + ".js"))];
        string hashes = string.Join(' ', scripts.Select(script => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'"));
        Html html = new();
        html.Raw("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n");
        // Whatever a name smuggled in, the browser would neither fetch nor run it. What is in these is this project's.
        html.Raw($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {hashes}\"/>\n");
        html.Raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/><meta name=\"color-scheme\" content=\"light dark\"/><meta name=\"generator\" content=\"Graft\"/>\n");
        html.Add($"<title>{title} - {kind}</title>\n<style>");
        foreach (string name in names) html.Raw(Asset(name + ".css"));
        html.Add($"</style></head>\n<body><header><div class=\"top\"><div><h1><bdi>{title}</bdi></h1><p class=\"soft\">{subtitle}</p></div>");
        html.Raw("<button id=\"theme\" type=\"button\" hidden=\"hidden\" title=\"Switch between light and dark\">Dark</button></div><nav>");
        foreach (PageSection section in sections) html.Add($"<a href=\"#{section.Id}\">{section.Name}</a>");
        html.Raw("</nav></header>\n<main>\n");
        foreach (PageSection section in sections)
        {
            html.Add($"<section id=\"{section.Id}\">\n");
            section.Write(html);
            html.Raw("</section>\n");
        }

        html.Raw("</main>");
        writeLast?.Invoke(html);
        html.Raw("<footer>Made by Graft. Everything on this page is in this one file.</footer>\n");
        foreach (string script in scripts) html.Raw($"<script>{script}</script>");
        html.Raw("</body></html>\n");
        return html.ToString();
    }

    private static string Asset(string name)
    {
        using Stream stream = typeof(HtmlPage).Assembly.GetManifestResourceStream(name)!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
