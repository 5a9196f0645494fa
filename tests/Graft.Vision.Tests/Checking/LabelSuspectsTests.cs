using Graft.Formats;
using Graft.Vision.Checking;
using Graft.Vision.Folders;
using Graft.Vision.Lists;
using Graft.Vision.Samples;

namespace Graft.Vision.Tests.Checking;

/// <summary>Lists of several labels and of numbers, some of them wrong.</summary>
public sealed class LabelSuspectsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private string[] rows;

    public LabelSuspectsTests()
    {
        MixedFlowers.Write(folder.Path, new SampleFlowerOptions { ImagesPerClass = 60, Size = 96, Seed = 5 }, cancellation: TestContext.Current.CancellationToken);
        rows = File.ReadAllLines(folder[MixedFlowers.ListFile]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WrongLabelsAmongSeveralComeFirst()
    {
        // Roses and sunflowers are told from three other kinds; one has both labels, one the other's, one none.
        SampleFlowers.Write(folder["kinds"], new SampleFlowerOptions { ImagesPerClass = 20, Size = 128, Seed = 3 }, cancellation: TestContext.Current.CancellationToken);
        Dictionary<string, string> labels = Directory.GetFiles(folder["kinds"], "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .ToDictionary(file => Path.GetRelativePath(folder.Path, file).Replace('\\', '/'), file => KindOf(file));
        string[] roses = [.. labels.Where(pair => pair.Value == "rose").Select(pair => pair.Key)], sunflowers = [.. labels.Where(pair => pair.Value == "sunflower").Select(pair => pair.Key)];
        labels[roses[3]] = "rose;sunflower";
        labels[roses[8]] = "";
        labels[sunflowers[5]] = "rose";
        rows = ["path,labels", .. labels.Select(pair => $"{pair.Key},{pair.Value}")];
        CheckResult result = Check(new ImageListOptions { Task = ModelTask.MultiLabel });
        Assert.Equal(ModelTask.MultiLabel, result.Task);
        Assert.Equal(100, result.Ranking.Count);
        Dictionary<string, LabelSuspect> first = result.Ranking.Take(8).ToDictionary(suspect => suspect.Image.Name);
        Assert.Equal(("rose; sunflower", "sunflower", "no sunflower"), (first[roses[3]].Image.Label, first[roses[3]].Label, first[roses[3]].Suggested));
        Assert.Equal(("no label", "no rose", "rose"), (first[roses[8]].Image.Label, first[roses[8]].Label, first[roses[8]].Suggested));
        Assert.Contains((first[sunflowers[5]].Label, first[sunflowers[5]].Suggested), new[] { ("rose", "no rose"), ("no sunflower", "sunflower") });
        Assert.InRange(result.Suspects.Count, 1, 10);
        Assert.Equal(result.Suspects.Count, ExcludeList.Of(result).Count(image => image.Reason.StartsWith("labelled ", StringComparison.Ordinal)));
    }

    [Fact]
    public void AWrongNumberComesFirstAndIsLeftToLookAt()
    {
        string[] cells = rows[20].Split(',');
        rows[20] = $"{cells[0]},{cells[1]},60,{cells[3]}";
        CheckResult result = Check(new ImageListOptions { LabelColumns = ["flowers"], Task = ModelTask.Regress });
        Assert.Equal((cells[0], "60"), (result.Suspects[0].Image.Name, result.Suspects[0].Label));
        Assert.StartsWith("about ", result.Suspects[0].Suggested);
        Assert.Equal(1, result.Suspects[0].Score, 1e-6);

        // What is rare may be right: nobody is told to leave it out.
        Assert.DoesNotContain(ExcludeList.Of(result), image => image.Path == cells[0]);
    }

    [Fact]
    public void NumbersThatAreAllTheSameAreNotJudged()
    {
        for (int i = 1; i < rows.Length; i++) rows[i] = $"{rows[i].Split(',')[0]},,7,";
        CheckResult result = Check(new ImageListOptions { LabelColumns = ["flowers"], Task = ModelTask.Regress });
        Assert.Equal("All images have the same numbers, and none was judged.", result.NotJudged);
        Assert.Empty(result.Ranking);
    }

    [Fact]
    public void ALabelThatAllImagesHaveIsNotDisputed()
    {
        for (int i = 1; i < rows.Length; i++) rows[i] = $"{rows[i].Split(',')[0]},flower,7,";
        rows[5] = rows[5].Replace("flower", "");
        CheckResult result = Check(new ImageListOptions { LabelColumns = ["labels"], Task = ModelTask.MultiLabel });
        Assert.Equal("Labels are judged by the other images with and without them: that takes a label that two images have and two lack, and no label was judged.", result.NotJudged);
    }

    [Fact]
    public void CopiesWithOtherLabelsCrossThem()
    {
        string[] cells = rows[7].Split(',');
        File.Copy(folder[cells[0]], folder["images/copy.jpg"]);
        CheckResult result = Check(new ImageListOptions(), $"images/copy.jpg,{(cells[1] == "tulip" ? "daisy" : "tulip")},1,train");
        Assert.True(result.Exact.Single().CrossesClasses);
    }

    private static string KindOf(string file) => Path.GetFileName(Path.GetDirectoryName(file)) is "rose" or "sunflower" ? Path.GetFileName(Path.GetDirectoryName(file)!) : "";

    private CheckResult Check(ImageListOptions options, params string[] more)
    {
        File.WriteAllLines(folder["changed.csv"], [.. rows, .. more]);
        return FolderCheck.Run(
            BuiltinTrunks.Load(), CheckedImages.Of(ImageSets.Scan(folder["changed.csv"], requiredClasses: 1, options)), new CheckOptions { Threads = 2 }, cancellation: TestContext.Current.CancellationToken);
    }
}
