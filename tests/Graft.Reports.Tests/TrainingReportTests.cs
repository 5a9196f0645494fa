using System.Xml.Linq;
using Graft.Formats;
using Graft.Models;
using Graft.Networks.Passes;
using Graft.Vision;
using Graft.Vision.Decoding;
using Graft.Vision.Evaluating;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Samples;

namespace Graft.Reports.Tests;

/// <summary>From drawn flowers to a page.</summary>
public sealed class TrainingReportTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("graft-report-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void APageShowsWhatAReadoutDid()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        SampleFlowers.Write(folder, new SampleFlowerOptions { ImagesPerClass = 12, Size = 64, Seed = 4 }, cancellation: cancel);
        Model builtin = BuiltinTrunks.Load();
        Model trunk = builtin with { Network = builtin.Network.WithInputSize(64, 64), Preprocessing = builtin.Preprocessing with { Resolution = 64 } };
        ImageDataset images = ImageDataset.FromFolder(folder);
        ReadoutResult result = ReadoutTrainer.Train(trunk, images.Sets.Train, options: new ReadoutTrainerOptions { Cache = null, Holdout = 0.5 }, cancellation: cancel);
        JudgedImage[] wrong = [.. result.Judged.Where(j => j.Predicted != j.Item.Label).OrderByDescending(j => j.Probability)];
        Assert.InRange(wrong.Length, 2, 29);
        File.Delete(wrong[0].Item.Path);

        TrainingReport report = TrainingReport.Of(result, images, new ReportImagesOptions { Side = 48, RightPerClass = 2 }, cancellation: cancel);
        Assert.Equal(wrong.Take(24).Select(j => j.Item.RelativePath), report.Images.Mistakes.Select(p => p.Path));
        Assert.Equal("no such file", report.Images.Mistakes[0].Problem);
        Assert.True(report.Images.Mistakes[0].Thumbnail.IsEmpty);
        ReportImage shown = report.Images.Mistakes[1];
        Assert.Equal([shown.Predicted, shown.True], shown.Explanations.Select(e => e.Class));
        foreach (ReadOnlyMemory<byte> jpeg in shown.Explanations.Select(e => e.Jpeg).Prepend(shown.Thumbnail))
        {
            using RgbImage image = ImageDecoder.Decode(jpeg.Span);
            Assert.Equal((48, 48), (image.Width, image.Height));
        }

        XElement page = Reports.Page(report);
        Assert.StartsWith($"{100 * result.Validation!.Top1:0.0} %top-1 on 30 images held out", page.Section("summary")!.WithClass("main").Single().Text());
        Assert.Contains("Afterwards the model in the file was fitted again on all images.", page.Section("summary")!.Text());
        Assert.Null(page.Section("curves"));
        Assert.Equal(report.Images.Mistakes.Count, page.Section("mistakes")!.Descendants("figure").Count());
        Assert.Equal(report.Images.Right.Count, page.Section("right")!.Descendants("figure").Count());
        Assert.All(report.Images.Right, p => Assert.Equal(p.True, p.Predicted));
    }

    [Fact]
    public void OfEachClassTheSurestAndTheLeastSureRightAnswersAreShown()
    {
        JudgedImage[] judged =
        [
            .. Enumerable.Range(0, 9).Select(i => new JudgedImage(new ImageItem($"{i}", $"a/{i}", 0), 0, 0.1f * (i + 1))),
            new(new ImageItem("x", "b/x", 1), 1, 0.5f), new(new ImageItem("y", "b/y", 1), 0, 0.9f),
        ];
        Assert.Equal(["a/8", "a/4", "a/0", "b/x"], ReportImages.ChooseRight(judged, new ReportImagesOptions()).Select(j => j.Item.RelativePath));
        Assert.Equal(["a/8", "b/x"], ReportImages.ChooseRight(judged, new ReportImagesOptions { Right = 2 }).Select(j => j.Item.RelativePath));
        Assert.Empty(ReportImages.ChooseRight(judged, new ReportImagesOptions { RightPerClass = 0 }));
    }

    [Fact]
    public void TheFirstDisputedLabelsAreShownWithoutMaps()
    {
        JudgedImage[] disputed = [.. Enumerable.Range(0, 3).Select(i => new JudgedImage(new ImageItem($"{folder}/{i}.jpg", $"a/{i}.jpg", 0), 1, 0.99f))];
        File.WriteAllBytes(disputed[0].Item.Path, new RgbImage(8, 8).ToJpeg(90));
        ReportImages made = ReportImages.Make(BuiltinTrunks.Load(), [], disputed, new ReportImagesOptions { Disputed = 2, Side = 32 }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([("a/0.jpg", 0, 1, 0.99f), ("a/1.jpg", 0, 1, 0.99f)], made.Disputed.Select(p => (p.Path, p.True, p.Predicted, p.Probability)));
        Assert.False(made.Disputed[0].Thumbnail.IsEmpty);
        Assert.Equal("no such file", made.Disputed[1].Problem);
        Assert.All(made.Disputed, p => Assert.Empty(p.Explanations));
        Assert.Empty(made.Mistakes.Concat(made.Right));
    }

    [Fact]
    public void NothingJudgedNeedsNoImages() =>
        Assert.Same(ReportImages.None, ReportImages.Make(BuiltinTrunks.Load(), [], cancellation: TestContext.Current.CancellationToken));
}
