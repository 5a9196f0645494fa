using Graft.Reports.Page;
using Graft.Vision.Checking;

namespace Graft.Reports.Sections;

/// <summary>An image that a click marks to leave out.</summary>
internal static class MarkedImage
{
    /// <summary>Writes it.</summary>
    /// <param name="html">The page.</param>
    /// <param name="report">The report.</param>
    /// <param name="image">The image.</param>
    /// <param name="reason">Why it would be left out, where nothing better is known.</param>
    /// <param name="text">What is said of it beside its name.</param>
    public static void Write(Html html, CheckReport report, CheckedImage image, string reason, string text = "")
    {
        bool isSuggested = report.Suggested.TryGetValue(image.Name, out string? suggested);
        html.Add($"<button type=\"button\" class=\"mark\" aria-pressed=\"false\" data-path=\"{image.Name}\" data-why=\"{(isSuggested ? suggested : reason)}\"");
        html.Raw(isSuggested ? " data-out=\"yes\">" : ">");
        byte[] thumbnail = report.Thumbnails[image.Name];
        if (thumbnail.Length == 0) html.Raw("<span class=\"none\">no image</span>");
        else html.Add($"<img loading=\"lazy\" alt=\"\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(thumbnail)}\"/>");
        html.Add($"<span class=\"text\"><bdi>{image.Name}</bdi>");
        if (text.Length > 0) html.Add($"<br/><i><bdi>{text}</bdi></i>");
        html.Raw("</span></button>");
    }
}
