using Graft.Readouts;
using Graft.Reports.Page;

namespace Graft.Reports.Sections;

/// <summary>Images, and where the model looked.</summary>
internal static class ImagesSection
{
    public static void WriteMistakes(Html html, TrainingReport report)
    {
        html.Raw("<h2>Worst mistakes</h2>\n");
        int mistakes = Mistakes(report.Validation!), shown = report.Images.Mistakes.Count;
        if (mistakes == 0 || shown == 0)
        {
            html.Add($"<p>There are {(mistakes == 0 ? "none" : Texts.Count(mistakes))} among the {Amount.Of(report.Validation!.Images, "image")} held out.</p>\n");
            return;
        }

        html.Add($"<p>{(shown < mistakes ? $"The {shown} of {Amount.Of(mistakes, "mistake")}" : mistakes == 1 ? "The mistake" : $"The {mistakes} mistakes")} that the model was surest of, surest first. ");
        html.Raw("Some may be mistakes of the folder and not of the model.</p>\n");
        WriteLegend(html, report, report.Images.Mistakes);
        WriteFigures(html, "images", report, report.Images.Mistakes, image => html.Add(
            $"<b><bdi>{Label(report, image.True)}</bdi></b> taken for <b><bdi>{Label(report, image.Predicted)}</bdi></b>, {Texts.Percent(image.Probability)} sure"));
    }

    public static void WriteDisputed(Html html, TrainingReport report)
    {
        html.Raw("<h2>Labels worth a look</h2>\n<p>Images that were learned from and that the others take for another class, the most disputed first. Look at them: some may lie in the wrong folder.</p>\n");
        WriteFigures(html, "images right", report, report.Images.Disputed, image => html.Add(
            $"in <b><bdi>{Label(report, image.True)}</bdi></b>, the others say <b><bdi>{Label(report, image.Predicted)}</bdi></b>, {Texts.Percent(image.Probability)} sure"));
    }

    public static void WriteRight(Html html, TrainingReport report)
    {
        html.Raw("<h2>Right answers</h2>\n<p>Of each class the surest, and less sure ones.</p>\n");
        WriteLegend(html, report, report.Images.Right);
        WriteFigures(html, "images right", report, report.Images.Right, image => html.Add(
            $"<b><bdi>{Label(report, image.Predicted)}</bdi></b>, {Texts.Percent(image.Probability)} sure"));
    }

    public static void WriteWorst(Html html, TrainingReport report)
    {
        html.Raw("<h2>Worst mistakes</h2>\n<p>The held-out images that were farthest off, the farthest first. Some may be mistakes of the list and not of the model.</p>\n");
        WriteFigures(html, "images right", report, report.Images.Worst, image => html.Add($"<bdi>{image.Remark ?? ""}</bdi>"));
    }

    private static int Mistakes(ClassificationMetrics metrics)
    {
        int right = 0;
        for (int c = 0; c < metrics.PerClass.Count; c++) right += metrics.Confusion[c, c];
        return metrics.Images - right;
    }

    private static void WriteLegend(Html html, TrainingReport report, IReadOnlyList<ReportImage> images)
    {
        if (images.All(p => p.Explanations.Count == 0)) return;
        html.Raw("<p class=\"soft\">Beside each image: where the model looked for a class, from hardly<span class=\"ramp\"></span>to most (Grad-CAM).");
        if (report.IsRefitted) html.Raw(" The maps are of the model in the file.");
        html.Raw("</p>\n");
    }

    private static void WriteFigures(Html html, string style, TrainingReport report, IReadOnlyList<ReportImage> images, Action<ReportImage> writeCaption)
    {
        html.Add($"<div class=\"{style}\">\n");
        foreach (ReportImage image in images)
        {
            Open(html, report, image);
            writeCaption(image);
            html.Add($"<div class=\"path\"><bdi>{image.Path}</bdi></div></figcaption></figure>\n");
        }

        html.Raw("</div>\n");
    }

    private static void Open(Html html, TrainingReport report, ReportImage image)
    {
        html.Raw("<figure class=\"image\"><div class=\"row\">");
        if (image.Thumbnail.IsEmpty) html.Add($"<div><span>{image.Problem ?? "no image"}</span></div>");
        else Image(html, image.Thumbnail, image.Remark is null ? $"An image of {Label(report, image.True)}" : "The image", "the image");
        foreach (ImageExplanation explanation in image.Explanations)
            Image(html, explanation.Jpeg, $"Where the model looked for {Label(report, explanation.Class)}", $"for {Label(report, explanation.Class)}");
        html.Raw("</div><figcaption>");
    }

    private static void Image(Html html, ReadOnlyMemory<byte> jpeg, string alternative, string caption) =>
        html.Add($"<div><img loading=\"lazy\" alt=\"{alternative}\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(jpeg.Span)}\"/><span><bdi>{caption}</bdi></span></div>");

    private static string Label(TrainingReport report, int index) => index >= 0 && index < report.Labels.Count ? report.Labels[index] : $"{index}";
}
