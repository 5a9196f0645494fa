using System.Text.RegularExpressions;
using System.Xml.Linq;
using Graft.Readouts;
using Graft.Vision;
using Graft.Vision.Evaluating;

namespace Graft.Reports.Tests;

/// <summary>Made-up reports, and what a page says.</summary>
internal static class Reports
{
    /// <summary>A report whose image i is of class i modulo the classes, and of whose images each <paramref name="wrongEvery"/>th is taken for the class after its own.</summary>
    public static TrainingReport Make(int classes, int images, int wrongEvery, IReadOnlyList<string>? labels = null)
    {
        float[] probabilities = new float[images * classes];
        int[] truth = new int[images];
        for (int i = 0; i < images; i++)
        {
            truth[i] = i % classes;
            int told = wrongEvery > 0 && i % wrongEvery == 0 ? (truth[i] + 1) % classes : truth[i];
            for (int c = 0; c < classes; c++) probabilities[(i * classes) + c] = c == told ? 0.7f : 0.3f / (classes - 1);
        }

        return new TrainingReport("flowers", labels ?? [.. Enumerable.Range(0, classes).Select(i => $"class {i}")])
        {
            Mode = "fine-tuning",
            DataFolder = "data/flowers",
            TrainImages = 4 * images,
            ValidationImages = images,
            Validation = ClassificationMetrics.Measure(probabilities, classes, truth),
            Calibration = Calibration.Measure(probabilities, classes, truth),
            Images = new ReportImages(
                [.. Enumerable.Range(0, images).Where(i => wrongEvery > 0 && i % wrongEvery == 0).Take(24).Select(i => new ReportImage($"{i}.jpg", truth[i], (truth[i] + 1) % classes, 0.7f) { Problem = "no such file" })], []),
        };
    }

    /// <summary>The page as XML, which it is.</summary>
    public static XElement Page(TrainingReport report) => XDocument.Parse(HtmlReport.Render(report)).Root!;

    public static XElement? Section(this XElement page, string id) => page.Descendants("section").SingleOrDefault(s => (string?)s.Attribute("id") == id);

    public static IEnumerable<XElement> WithClass(this XElement element, string name) =>
        element.Descendants().Where(e => ((string?)e.Attribute("class"))?.Split(' ').Contains(name) == true);

    /// <summary>What a reader sees, with single spaces.</summary>
    public static string Text(this XElement element) => Regex.Replace(element.Value, @"\s+", " ").Trim();
}
