using Graft.Reports.Page;
using Graft.Vision.Checking;

namespace Graft.Reports.Sections;

/// <summary>Images with something wrong by themselves.</summary>
internal static class FindingsSection
{
    public static void WriteSuspects(Html html, CheckReport report)
    {
        string text = report.Result.Task switch
        {
            ModelTask.MultiLabel => "Where the other images would give a label that is not there, or not give one that is, the most suspicious first. Look at them: some are mistakes, some are only hard to tell.",
            ModelTask.Regress => "Numbers far from what the other images let expect, the most suspicious first. Look at them: some are mistakes, some are what they should be, and rare.",
            _ => "What the other images take for another class, the most suspicious first. Look at them: some lie in the wrong folder, some are only hard to tell.",
        };
        html.Add($"<h2>Labels worth a look</h2>\n<p>{text}</p>\n<div class=\"wall\">\n");
        LabelSuspect[] shown = [.. report.Result.Suspects.Where(suspect => report.Thumbnails.ContainsKey(suspect.Image.Name))];
        foreach (LabelSuspect suspect in shown)
        {
            string label = report.Result.Task == ModelTask.Classify ? $"in {suspect.Label}" : $"labelled {suspect.Label}";
            MarkedImage.Write(html, report, suspect.Image, $"labelled {suspect.Label}, the others say {suspect.Suggested}", $"{label}; the others say {suspect.Suggested}, {Texts.Percent(suspect.Score)} sure");
        }

        Close(html, shown.Length, report.Result.Suspects.Count);
    }

    public static void WriteBlurred(Html html, CheckReport report) => Write(html, report, "Blurred", "Nothing in these is sharp.", "blurred", report.Result.Blurred);

    public static void WriteTiny(Html html, CheckReport report) => Write(html, report, "Tiny", "These have so few pixels that much cannot be seen in them.", "tiny", report.Result.Tiny);

    public static void WriteEmpty(Html html, CheckReport report) => Write(html, report, "Empty", "These are nearly of one colour.", "nearly one colour", report.Result.Empty);

    public static void WriteOdd(Html html, CheckReport report) => Write(
        html, report, "Odd", "These are like no others, neither of their class nor of another: what was put here by mistake, or what there is too little of.", "odd", report.Result.Odd);

    private static void Write(Html html, CheckReport report, string title, string text, string reason, IReadOnlyList<CheckedImage> images)
    {
        html.Add($"<h2>{title}</h2>\n<p>{text}</p>\n<div class=\"wall\">\n");
        CheckedImage[] shown = [.. images.Where(image => report.Thumbnails.ContainsKey(image.Name))];
        foreach (CheckedImage image in shown) MarkedImage.Write(html, report, image, reason, image.Label);
        Close(html, shown.Length, images.Count);
    }

    private static void Close(Html html, int shown, int all)
    {
        html.Raw("</div>\n");
        if (shown < all) html.Add($"<p class=\"soft\">and {Texts.Count(all - shown)} more; graft check --json has them all</p>\n");
    }
}
