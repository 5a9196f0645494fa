using Graft.Reports;
using Graft.Vision;

namespace Tour;

internal static class Reporting
{
    public static void Run()
    {
        ImageDataset images = ImageDataset.FromFolder("flowers");
        using ImageClassifier classifier = ImageClassifier.Train(images, new() { Mode = ImageTrainingMode.Readout });
        TrainingReport report = TrainingReport.Of(classifier.Training!, images) with { Mode = "readout", Created = DateTimeOffset.Now };
        report.Save("report.html");
    }
}
