using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Graft.Vision;

namespace Graft.Reports.Tests;

public class HtmlReportTests
{
    [Fact]
    public void TheSummarySaysHowGoodTheModelIs()
    {
        TrainingReport report = Reports.Make(classes: 2, images: 10, wrongEvery: 5) with
        {
            Trunk = "mobilenetv2_035 at 224x224",
            Duration = TimeSpan.FromSeconds(75),
            ModelFile = "flowers.graft",
            ModelBytes = 1_700_000,
            Facts = [new("epochs", "8")],
        };
        XElement summary = Reports.Page(report).Section("summary")!;
        Assert.Equal(
            ["80.0 %top-1 on 10 images held out; 95 % interval 49.0 % to 94.3 %", "10.0 %expected calibration error", "40images learned from", "2classes", "75 straining time", "1.7 MBmodel file"],
            summary.WithClass("tile").Select(t => t.Text()));
        Assert.Equal(
            ["data", "data/flowers", "images", "40 learned from, 10 held out", "classes", "class 0, class 1", "trunk", "mobilenetv2_035 at 224x224", "model", "flowers.graft", "epochs", "8"],
            summary.Element("dl")!.Elements().Select(e => e.Text()));
    }

    [Fact]
    public void WhatWasLearnedAndWhatWasHeldOutAreDrawnTogether()
    {
        TrainingReport report = Reports.Make(classes: 2, images: 10, wrongEvery: 5) with
        {
            History = [new(1) { LearnedLoss = 0.5, ValidationLoss = 0.75, LearnedScore = 0.875, ValidationScore = 0.75 }, new(2) { LearnedLoss = 0.25, ValidationLoss = 0.5, LearnedScore = 1, ValidationScore = 0.8 }],
            Options = [new("batch", "32")],
        };
        XElement page = Reports.Page(report);
        Assert.Equal(["Losslearned fromheld out", "Top-1learned fromheld out"], page.Section("curves")!.Descendants("figcaption").Select(caption => caption.Text()));
        Assert.Contains("in the same way", page.Section("curves")!.Text());
        Assert.Equal(["batch", "32"], page.Section("options")!.Element("dl")!.Elements().Select(e => e.Text()));
        Assert.Contains("mAP", Reports.Page(report with { Score = Graft.Vision.Tasks.ScoreKind.MeanAveragePrecision }).Section("curves")!.Text());
    }

    [Fact]
    public void TheTableOfClassesHasTheWorstFirst()
    {
        TrainingReport report = Reports.Make(classes: 3, images: 12, wrongEvery: 4);
        report = report with { Validation = Graft.Readouts.ClassificationMetrics.Measure([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0], 3, [0, 0, 1, 1, 1]) };
        IEnumerable<string[]> rows = Reports.Page(report).Section("classes")!.Descendants("tbody").Single().Elements().Select(r => r.Elements().Select(c => c.Text()).ToArray());
        Assert.Equal(
            [["class 1", "33.3 %", "50.0 %", "40.0 %", "3"], ["class 0", "50.0 %", "100.0 %", "66.7 %", "2"], ["class 2", "-", "0.0 %", "-", "0"]],
            rows);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(120)]
    public void TheConfusionHasACellForEachPairOfClasses(int classes)
    {
        TrainingReport report = Reports.Make(classes, images: 10 * classes, wrongEvery: 7);
        XElement page = Reports.Page(report);
        XElement table = page.Section("confusion")!.WithClass("confusion").Single();
        Assert.Equal(report.Labels, table.Element("thead")!.Descendants("bdi").Select(b => b.Value));
        XElement[] rows = [.. table.Element("tbody")!.Elements()];
        Assert.Equal(report.Labels, rows.Select(r => r.Element("th")!.Value));
        for (int t = 0; t < classes; t++)
        {
            int[] cells = [.. rows[t].Elements("td").Select(c => c.Value.Length == 0 ? 0 : int.Parse(c.Value))];
            Assert.Equal(Enumerable.Range(0, classes).Select(p => report.Validation!.Confusion[t, p]), cells);
        }

        Assert.Equal(classes, page.Section("classes")!.Descendants("tbody").Single().Elements().Count());
    }

    [Fact]
    public void OfVeryManyClassesTheConfusionShowsTheMostMistaken()
    {
        TrainingReport report = Reports.Make(classes: 400, images: 800, wrongEvery: 3);
        XElement section = Reports.Page(report).Section("confusion")!;
        Assert.Equal(150, section.WithClass("confusion").Single().Element("tbody")!.Elements().Count());
        Assert.Contains("Shown are the 150 classes with the most mistakes of 400.", section.Text());
    }

    [Fact]
    public void WithoutHeldOutImagesThePageSaysSoAndShowsNoQuality()
    {
        TrainingReport report = new("flowers", ["daisy", "rose"]) { TrainImages = 20 };
        XElement page = Reports.Page(report);
        Assert.Contains("No image was held out, so nothing on this page says how good the model is.", page.Section("summary")!.Text());
        Assert.Equal(["summary"], page.Descendants("section").Select(s => (string?)s.Attribute("id")));
        Assert.Equal(["#summary"], page.Descendants("a").Select(a => (string?)a.Attribute("href")));
    }

    [Fact]
    public void WithoutMistakesThePageSaysSo()
    {
        XElement page = Reports.Page(Reports.Make(classes: 2, images: 30, wrongEvery: 0));
        Assert.Equal("Worst mistakes There are none among the 30 images held out.", string.Join(" ", page.Section("mistakes")!.Elements().Select(e => e.Text())));
        Assert.Contains("Each of the 30 images held out was recognized.", page.Section("confusion")!.Text());
    }

    [Fact]
    public void WithoutImagesMistakesAreCounted()
    {
        XElement page = Reports.Page(Reports.Make(classes: 2, images: 30, wrongEvery: 10) with { Images = ReportImages.None });
        Assert.Equal("Worst mistakes There are 3 among the 30 images held out.", string.Join(" ", page.Section("mistakes")!.Elements().Select(e => e.Text())));
        Assert.Null(page.Section("right"));
    }

    [Fact]
    public void AMistakeIsShownWithItsClassesAndPath()
    {
        TrainingReport report = Reports.Make(classes: 2, images: 10, wrongEvery: 5, ["daisy", "rose"]);
        byte[] jpeg = [0xFF, 0xD8, 1, 2, 3];
        report = report with
        {
            Images = new ReportImages([new("daisy/1.jpg", 0, 1, 0.931f) { Thumbnail = jpeg, Explanations = [new(1, jpeg), new(0, jpeg)] }, new("rose/2.jpg", 1, 0, 0.5f) { Problem = "no such file" }], []),
        };
        XElement[] figures = [.. Reports.Page(report).Section("mistakes")!.Descendants("figure")];
        Assert.Equal(["daisy taken for rose, 93.1 % suredaisy/1.jpg", "rose taken for daisy, 50.0 % surerose/2.jpg"], figures.Select(f => f.Element("figcaption")!.Text()));
        Assert.Equal(["An image of daisy", "Where the model looked for rose", "Where the model looked for daisy"], figures[0].Descendants("img").Select(i => (string?)i.Attribute("alt")));
        Assert.All(figures[0].Descendants("img"), i => Assert.Equal("data:image/jpeg;base64,/9gBAgM=", (string?)i.Attribute("src")));
        Assert.Equal("no such file", figures[1].Element("div")!.Text());
    }

    [Fact]
    public void DisputedLabelsAreShownWithWhatTheOthersSay()
    {
        TrainingReport report = Reports.Make(classes: 2, images: 10, wrongEvery: 5, ["daisy", "rose"]);
        Assert.Null(Reports.Page(report).Section("labels"));
        byte[] jpeg = [0xFF, 0xD8, 1, 2, 3];
        XElement section = Reports.Page(report with { Images = new ReportImages([], []) { Disputed = [new("daisy/1.jpg", 0, 1, 0.991f) { Thumbnail = jpeg }, new("rose/2.jpg", 1, 0, 0.96f) { Problem = "no such file" }] } }).Section("labels")!;
        Assert.Equal("Labels worth a look", section.Element("h2")!.Text());
        Assert.Equal(
            ["in daisy, the others say rose, 99.1 % suredaisy/1.jpg", "in rose, the others say daisy, 96.0 % surerose/2.jpg"], section.Descendants("figcaption").Select(f => f.Text()));
        Assert.Equal("An image of daisy", (string?)section.Descendants("img").Single().Attribute("alt"));
    }

    [Fact]
    public void NoNameBecomesMarkup()
    {
        string[] labels = ["<script>alert(1)</script>", "\" onmouseover=\"alert(2)", "'</style></title><img src=x>&amp;", "\u0001\u202E\uD800 \u00FC \U0001F33B"];
        TrainingReport report = Reports.Make(classes: 4, images: 40, wrongEvery: 3, labels) with
        {
            Title = labels[0],
            Mode = labels[1],
            DataFolder = labels[2],
            Trunk = labels[0],
            ModelFile = "a'b\"$(rm).graft",
            Command = "graft train '<b>' && echo",
            Facts = [new(labels[0], labels[1])],
            Skipped = [new(labels[2], labels[0])],
            Notices = [new(labels[1], labels[2])],
            History = [new(1) { LearnedLoss = 1 }],
            Marks = [new(1, labels[0])],
            Images = new ReportImages([new(labels[0], 0, 1, 0.9f) { Problem = labels[2], Explanations = [new(2, new byte[] { 1 })] }], [new(labels[1], 1, 1, 1)]) { Disputed = [new(labels[2], 2, 0, 1)] },
        };
        XElement page = Reports.Page(report);
        Assert.Single(page.Descendants("script"));
        Assert.Single(page.Descendants("style"));
        Assert.Single(page.Descendants("img"));
        Assert.DoesNotContain(page.DescendantsAndSelf().Attributes(), a => a.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase));
        string[] shown = [.. page.Section("confusion")!.Descendants("tbody").Single().Descendants("th").Select(h => h.Value)];
        Assert.Equal([.. labels[..3], "\uFFFD\u202E\uFFFD \u00FC \U0001F33B"], shown);
        Assert.Equal(labels[0], page.Element("body")!.Element("header")!.Descendants("h1").Single().Value);
        Assert.Contains("graft predict 'a'\\''b\"$(rm).graft' image.jpg", page.Section("use")!.Value);
        Assert.Contains("ImageClassifier.Load(\"a'b\\\"$(rm).graft\");", page.Section("use")!.Value);
    }

    [Fact]
    public void ThePageAsksForNothingFromOutside()
    {
        string page = HtmlReport.Render(Reports.Make(classes: 3, images: 30, wrongEvery: 4) with { Command = "graft train", ModelFile = "m.graft", History = [new(0) { LearnedLoss = 2 }, new(1) { LearnedLoss = 1 }] });
        Assert.DoesNotContain("http:", page);
        Assert.DoesNotContain("https:", page);
        Assert.DoesNotContain("url(", page);
        Assert.DoesNotContain("@import", page);
        Assert.DoesNotContain("<link", page);
        XElement root = XDocument.Parse(page).Root!;
        Assert.All(root.Descendants().Attributes("src"), a => Assert.StartsWith("data:", a.Value));
        Assert.All(root.Descendants().Attributes("href"), a => Assert.StartsWith("#", a.Value));
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(root.Descendants("script").Single().Value)));
        Assert.Equal(
            $"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{hash}'",
            (string?)root.Descendants("meta").Single(m => m.Attribute("http-equiv") is not null).Attribute("content"));
    }

    [Fact]
    public void BadFilesAreListedUpToAPoint()
    {
        TrainingReport report = Reports.Make(classes: 2, images: 10, wrongEvery: 5) with { Skipped = [.. Enumerable.Range(0, 1503).Select(i => new SkippedImage($"{i}.jpg", "damaged"))], Notices = [new("a.jpg", "cut short: 71 % decoded")] };
        XElement files = Reports.Page(report).Section("files")!;
        Assert.Equal(["Take note: 1", "Left out: 1,503"], files.Descendants("summary").Select(s => s.Value));
        Assert.Equal(501, files.Descendants("tr").Count());
        Assert.Contains("and 1,003 more", files.Text());
        Assert.Equal("a.jpg|cut short: 71 % decoded", string.Join("|", files.Descendants("tr").First().Elements().Select(e => e.Value)));
    }

    [Fact]
    public void TenThousandImagesMakeASmallPage()
    {
        TrainingReport report = Reports.Make(classes: 120, images: 10_000, wrongEvery: 3) with
        {
            History = [.. Enumerable.Range(0, 100_000).Select(i => new HistoryRow(i / 1000.0) { LearnedLoss = 1 + Math.Sin(i), LearningRate = 1e-3 })],
        };
        Assert.InRange(HtmlReport.Render(report).Length, 1, 1_000_000);
    }

    [Fact]
    public void LabelsMustFitTheMetrics()
    {
        GraftException error = Assert.Throws<GraftException>(() => HtmlReport.Render(Reports.Make(classes: 3, images: 9, wrongEvery: 4, ["a", "b"])));
        Assert.Equal("A report has a label for each class of its metrics; 'flowers' has 2 labels and metrics of 3 classes.", error.Message);
    }

    [Fact]
    public void SavingWritesThePage()
    {
        string folder = Directory.CreateTempSubdirectory("graft-report-").FullName;
        try
        {
            TrainingReport report = Reports.Make(classes: 2, images: 10, wrongEvery: 5);
            string path = Path.Combine(folder, "report.html");
            report.Save(path);
            Assert.Equal(report.Render(), File.ReadAllText(path));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
