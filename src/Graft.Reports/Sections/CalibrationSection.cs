using Graft.Readouts;
using Graft.Reports.Page;
using Graft.Reports.Plots;

namespace Graft.Reports.Sections;

/// <summary>How far the probabilities can be taken at their word.</summary>
internal static class CalibrationSection
{
    public static void Write(Html html, TrainingReport report)
    {
        Calibration calibration = report.Calibration!;
        html.Raw("<h2>Calibration</h2>\n<div class=\"calibration\"><figure><figcaption><span class=\"key a\">right</span><span class=\"key b\">surer than right</span><span class=\"key c\">less sure than right</span></figcaption>");
        new ReliabilityChart(calibration.Bins).Write(html);
        html.Add($"</figure>\n<div><p>When the model says that it is 80 % sure, it should be right in 80 % of the cases: then its bar ends at the dashed line. ");
        html.Raw("The grey bars count the images.</p>\n<dl>");
        Fact(html, "expected calibration error", Texts.Percent(calibration.ExpectedError), "the mean distance of the bars from the line, by their images");
        Fact(html, "negative log-likelihood", Texts.Fixed(calibration.NegativeLogLikelihood, 4), "in nats; less is better, and 0 is a sure right answer each time");
        Fact(html, "Brier score", Texts.Fixed(calibration.Brier, 4), "0 to 2; less is better");
        if (report.Temperature is { } temperature)
            Fact(html, "temperature", Texts.Short(temperature), "what scores were divided by; fitted to the held-out images, which makes this diagram look a little too good");
        html.Raw("</dl></div></div>\n");
    }

    private static void Fact(Html html, string name, string value, string meaning) =>
        html.Add($"<dt>{name}</dt><dd><b>{value}</b> <span class=\"soft\">{meaning}</span></dd>");
}
