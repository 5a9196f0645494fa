using System.Xml.Linq;
using Graft.Formats;
using Graft.Vision;
using Graft.Vision.Checking;
using Graft.Vision.Folders;
using Graft.Vision.Samples;

namespace Graft.Reports.Tests;

public sealed class CheckReportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ThePageIsWellFormedWhateverFilesAreCalled()
    {
        SampleFlowers.Write(folder["images"], new SampleFlowerOptions { ImagesPerClass = 2, Size = 64, Seed = 1 }, cancellation: Cancellation);
        string rose = Directory.GetFiles(folder["images", "rose"]).Order(StringComparer.Ordinal).First();
        File.Copy(rose, Path.Combine(folder["images", "tulip"], "a 'b' & c, d.jpg"));
        CheckResult result = FolderCheck.Run(BuiltinTrunks.Load(), CheckedImages.Of(ImageSets.Scan(folder["images"], cancel: TestContext.Current.CancellationToken)), cancellation: Cancellation);
        CheckReport report = CheckReport.Of(result, cancellation: Cancellation);
        Assert.Equal("images", report.Title);
        XElement page = XDocument.Parse(report.Render()).Root!;
        Assert.Equal(2, page.Section("exact")!.Descendants("button").Count());
        Assert.Contains("across classes", page.Section("exact")!.Value);
        Assert.Contains(page.Descendants("button"), button => (string?)button.Attribute("data-path") == "tulip/a 'b' & c, d.jpg");
        Assert.NotNull(page.Descendants("textarea").SingleOrDefault());
        Assert.DoesNotContain("http", report.Render().Replace("http-equiv", ""));
    }

    [Fact]
    public void FilesThatAreGoneAreListedWithoutAnImage()
    {
        SampleFlowers.Write(folder["images"], new SampleFlowerOptions { ImagesPerClass = 2, Size = 64, Seed = 1 }, cancellation: Cancellation);
        string rose = Directory.GetFiles(folder["images", "rose"]).Order(StringComparer.Ordinal).First(), copy = Path.Combine(folder["images", "rose"], "zz.jpg");
        File.Copy(rose, copy);
        CheckResult result = FolderCheck.Run(BuiltinTrunks.Load(), CheckedImages.Of(ImageSets.Scan(folder["images"], cancel: TestContext.Current.CancellationToken)), cancellation: Cancellation);
        File.Delete(copy);
        XElement page = XDocument.Parse(CheckReport.Of(result, cancellation: Cancellation).Render()).Root!;
        Assert.Contains("no image", page.Section("exact")!.Value);
    }
}
