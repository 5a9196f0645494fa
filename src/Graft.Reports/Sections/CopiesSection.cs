using Graft.Reports.Page;
using Graft.Vision.Checking;

namespace Graft.Reports.Sections;

/// <summary>Images that are copies of others.</summary>
internal static class CopiesSection
{
    /// <summary>So many images of a group are shown.</summary>
    public const int MostOfGroup = 12;

    public static void WriteExact(Html html, CheckReport report)
    {
        html.Raw("<h2>The same pixels</h2>\n<p>Whatever the files are called and how they are packed. Copies among images to learn from and images to judge by make a model look better than it is.</p>\n<div class=\"copies\">\n");
        int shown = 0;
        foreach (ExactCopies copies in report.Result.Exact)
        {
            CheckedImage[] images = [.. copies.Images.Take(MostOfGroup)];
            if (!images.All(image => report.Thumbnails.ContainsKey(image.Name))) continue;
            shown++;
            Open(html, report, $"{Amount.Of(copies.Images.Count, "image")}{(copies.Images.Count > MostOfGroup ? $", {MostOfGroup} of them shown" : "")}", copies.CrossesClasses, copies.CrossesParts);
            foreach (CheckedImage image in images) MarkedImage.Write(html, report, image, "a copy", image.Label);
            html.Raw("</div></div>\n");
        }

        Close(html, shown, report.Result.Exact.Count);
    }

    public static void WriteNear(Html html, CheckReport report) => WritePairs(
        html, report, "Nearly the same", "Compressed again, resized, cropped a little, or brighter or darker; sometimes two shots of one scene. The distance is 0 where nothing was changed.", report.Result.Near);

    public static void WriteMirrored(Html html, CheckReport report) => WritePairs(
        html, report, "Mirror images", "One is the other from left to right, perhaps changed otherwise, too.", report.Result.Mirrored);

    private static void WritePairs(Html html, CheckReport report, string title, string text, IReadOnlyList<NearCopies> pairs)
    {
        html.Add($"<h2>{title}</h2>\n<p>{text}</p>\n<div class=\"copies\">\n");
        int shown = 0;
        foreach (NearCopies pair in pairs)
        {
            if (!report.Thumbnails.ContainsKey(pair.First.Name) || !report.Thumbnails.ContainsKey(pair.Second.Name)) continue;
            shown++;
            Open(html, report, $"distance {Texts.Fixed(pair.Distance, 3)}", pair.CrossesClasses, pair.CrossesParts);
            foreach (CheckedImage image in (CheckedImage[])[pair.First, pair.Second]) MarkedImage.Write(html, report, image, "a copy", image.Label);
            html.Raw("</div></div>\n");
        }

        Close(html, shown, pairs.Count);
    }

    private static void Open(Html html, CheckReport report, string text, bool crossesClasses, bool crossesParts)
    {
        html.Add($"<div class=\"set\"><p>{text}");
        if (crossesClasses) html.Add($" <b>across {TaskNames.Kinds(report.Result.Task)}</b>");
        if (crossesParts) html.Raw(" <b>across parts</b>");
        html.Raw("</p><div>");
    }

    private static void Close(Html html, int shown, int all)
    {
        html.Raw("</div>\n");
        if (shown < all) html.Add($"<p class=\"soft\">and {Texts.Count(all - shown)} more; graft check --json has them all</p>\n");
    }
}
