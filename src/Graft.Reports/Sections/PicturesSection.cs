using Graft.Readouts;
using Graft.Reports.Page;

namespace Graft.Reports.Sections;

/// <summary>Pictures, and where the model looked.</summary>
internal static class PicturesSection
{
    public static void WriteMistakes(Html html, TrainingReport report)
    {
        html.Raw("<h2>Worst mistakes</h2>\n");
        int mistakes = Mistakes(report.Validation!), shown = report.Pictures.Mistakes.Count;
        if (mistakes == 0 || shown == 0)
        {
            html.Add($"<p>There are {(mistakes == 0 ? "none" : Texts.Count(mistakes))} among the {Amount.Of(report.Validation!.Images, "picture")} held out.</p>\n");
            return;
        }

        html.Add($"<p>{(shown < mistakes ? $"The {shown} of {Amount.Of(mistakes, "mistake")}" : mistakes == 1 ? "The mistake" : $"The {mistakes} mistakes")} that the model was surest of, surest first. ");
        html.Raw("Some may be mistakes of the folder and not of the model.</p>\n");
        WriteLegend(html, report, report.Pictures.Mistakes);
        html.Raw("<div class=\"pictures\">\n");
        foreach (ReportPicture picture in report.Pictures.Mistakes)
        {
            Open(html, report, picture);
            html.Add($"<b><bdi>{Label(report, picture.True)}</bdi></b> taken for <b><bdi>{Label(report, picture.Predicted)}</bdi></b>, {Texts.Percent(picture.Probability)} sure");
            Close(html, picture);
        }

        html.Raw("</div>\n");
    }

    public static void WriteDisputed(Html html, TrainingReport report)
    {
        html.Raw("<h2>Labels worth a look</h2>\n<p>Pictures that were learned from and that the others take for another class, the most disputed first. Look at them: some may lie in the wrong folder.</p>\n");
        html.Raw("<div class=\"pictures right\">\n");
        foreach (ReportPicture picture in report.Pictures.Disputed)
        {
            Open(html, report, picture);
            html.Add($"in <b><bdi>{Label(report, picture.True)}</bdi></b>, the others say <b><bdi>{Label(report, picture.Predicted)}</bdi></b>, {Texts.Percent(picture.Probability)} sure");
            Close(html, picture);
        }

        html.Raw("</div>\n");
    }

    public static void WriteRight(Html html, TrainingReport report)
    {
        html.Raw("<h2>Right answers</h2>\n<p>Of each class the surest, and less sure ones.</p>\n");
        WriteLegend(html, report, report.Pictures.Right);
        html.Raw("<div class=\"pictures right\">\n");
        foreach (ReportPicture picture in report.Pictures.Right)
        {
            Open(html, report, picture);
            html.Add($"<b><bdi>{Label(report, picture.Predicted)}</bdi></b>, {Texts.Percent(picture.Probability)} sure");
            Close(html, picture);
        }

        html.Raw("</div>\n");
    }

    private static int Mistakes(ClassificationMetrics metrics)
    {
        int right = 0;
        for (int c = 0; c < metrics.PerClass.Count; c++) right += metrics.Confusion[c, c];
        return metrics.Images - right;
    }

    private static void WriteLegend(Html html, TrainingReport report, IReadOnlyList<ReportPicture> pictures)
    {
        if (pictures.All(p => p.Explanations.Count == 0)) return;
        html.Raw("<p class=\"soft\">Beside each picture: where the model looked for a class, from hardly<span class=\"ramp\"></span>to most (Grad-CAM).");
        if (report.IsRefitted) html.Raw(" The maps are of the model in the file.");
        html.Raw("</p>\n");
    }

    private static void Open(Html html, TrainingReport report, ReportPicture picture)
    {
        html.Raw("<figure class=\"picture\"><div class=\"row\">");
        if (picture.Thumbnail.IsEmpty) html.Add($"<div><span>{picture.Problem ?? "no picture"}</span></div>");
        else Picture(html, picture.Thumbnail, $"A picture of {Label(report, picture.True)}", "the picture");
        foreach (PictureExplanation explanation in picture.Explanations)
            Picture(html, explanation.Jpeg, $"Where the model looked for {Label(report, explanation.Class)}", $"for {Label(report, explanation.Class)}");
        html.Raw("</div><figcaption>");
    }

    private static void Close(Html html, ReportPicture picture) => html.Add($"<div class=\"path\"><bdi>{picture.Path}</bdi></div></figcaption></figure>\n");

    private static void Picture(Html html, ReadOnlyMemory<byte> jpeg, string alternative, string caption) =>
        html.Add($"<div><img loading=\"lazy\" alt=\"{alternative}\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(jpeg.Span)}\"/><span><bdi>{caption}</bdi></span></div>");

    private static string Label(TrainingReport report, int index) => index >= 0 && index < report.Labels.Count ? report.Labels[index] : $"{index}";
}
