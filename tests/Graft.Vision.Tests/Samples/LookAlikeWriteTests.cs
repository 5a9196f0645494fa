using Graft.Vision.Samples;
using SkiaSharp;

namespace Graft.Vision.Tests.Samples;

public sealed class LookAlikeWriteTests : IDisposable
{
    private const int FirstHeldOut = 100_000;

    private static readonly LookAlikeOptions Few = new() { ImagesPerClass = 10, HeldOutPerClass = 3, WrongLabels = 0.3, Size = 32, Seed = 5 };

    private readonly string folder = Directory.CreateTempSubdirectory("graft-look-alike-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void TrainingImagesAreWhatTheListSaysAndHeldOutOnesWhatTheirFolderSays()
    {
        LookAlikeFlowers.Write(folder, Few, cancellation: TestContext.Current.CancellationToken);
        Dictionary<string, string> wrong = LookAlikeFlowers.Mislabelled(Few).ToDictionary(m => m.Path, m => LookAlikeFlowers.Labels[(int)m.Kind]);
        Assert.Equal(15, wrong.Count);

        Dictionary<string, LookAlikeKind> drawn = [];
        foreach (LookAlikeKind kind in Enum.GetValues<LookAlikeKind>())
        {
            foreach (int index in Enumerable.Range(0, 10).Concat(Enumerable.Range(FirstHeldOut, 3))) drawn.Add(Jpeg(kind, index), kind);
        }

        string[] files = Files("*.jpg");
        Assert.Equal(
            [
                .. LookAlikeFlowers.Labels.SelectMany(label => Enumerable.Range(1, 10).Select(i => $"train/{label}/{label}-{i:0000}.jpg")),
                .. LookAlikeFlowers.Labels.SelectMany(label => Enumerable.Range(1, 3).Select(i => $"val/{label}/{label}-{i:0000}.jpg")),
            ],
            files);
        foreach (string file in files)
        {
            // Each of the drawn images is there once: what was found is taken out.
            Assert.True(drawn.Remove(Convert.ToBase64String(File.ReadAllBytes(Path.Combine(folder, file))), out LookAlikeKind kind), file);
            Assert.Equal(wrong.GetValueOrDefault(file, file.Split('/')[1]), LookAlikeFlowers.Labels[(int)kind]);
        }

        Assert.Empty(drawn);
    }

    [Fact]
    public void TheListIsAFileBesideTheImages()
    {
        LookAlikeFlowers.Write(folder, Few, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["mislabelled.csv"], Files("*.csv"));
        string[] lines = File.ReadAllLines(Path.Combine(folder, "mislabelled.csv"));
        Assert.Equal("image,label,kind", lines[0]);
        Assert.Equal(LookAlikeFlowers.Mislabelled(Few).Select(m => $"{m.Path},{m.Label},{LookAlikeFlowers.Labels[(int)m.Kind]}"), lines[1..]);
        Assert.Equal(lines[1..].Order(StringComparer.Ordinal), lines[1..]);
    }

    [Fact]
    public void FiveOfEachKindLieInEachOtherFoldersOfTheUsualSet()
    {
        LookAlikeOptions usual = new();
        IReadOnlyList<MislabelledImage> wrong = LookAlikeFlowers.Mislabelled(usual);
        Assert.Equal(25, wrong.Count);
        Assert.All(wrong, m => Assert.NotEqual(m.Label, LookAlikeFlowers.Labels[(int)m.Kind]));
        Assert.All(wrong.CountBy(m => m.Label), count => Assert.Equal(5, count.Value));
        Assert.All(wrong.CountBy(m => m.Kind), count => Assert.Equal(5, count.Value));
        // One in each fifth of a folder.
        Assert.Equal(
            Enumerable.Repeat(Enumerable.Range(0, 5), 5).SelectMany(fifths => fifths),
            wrong.Select(m => (int.Parse(m.Path[^8..^4]) - 1) / 32));
        Assert.Equal(wrong, LookAlikeFlowers.Mislabelled(usual));
        Assert.NotEqual(wrong, LookAlikeFlowers.Mislabelled(usual with { Seed = 2 }));
    }

    [Theory]
    [InlineData(160, 0, 0)]
    [InlineData(4, 0.03, 0)]
    [InlineData(20, 0.03, 1)]
    [InlineData(7, 0.5, 4)]
    public void ThePartOfWrongLabelsIsOfEveryFolderAlike(int images, double part, int expected)
    {
        IReadOnlyList<MislabelledImage> wrong = LookAlikeFlowers.Mislabelled(Few with { ImagesPerClass = images, WrongLabels = part });
        Assert.Equal(5 * expected, wrong.DistinctBy(m => m.Path).Count());
        Assert.All(wrong.CountBy(m => m.Label), count => Assert.Equal(expected, count.Value));
    }

    [Fact]
    public void WithoutHeldOutImagesThereIsNoFolderForThem()
    {
        List<Completion> reports = new();
        LookAlikeFlowers.Write(folder, Few with { HeldOutPerClass = 0, WrongLabels = 0 }, new Collector(reports), TestContext.Current.CancellationToken);
        Assert.Equal(["mislabelled.csv", "train"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("image,label,kind\n", File.ReadAllText(Path.Combine(folder, "mislabelled.csv")));
        Assert.Equal(Enumerable.Range(1, 50).Select(done => new Completion(done, 50)), reports);
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsAnErrorThatSaysSo()
    {
        Directory.CreateDirectory(Path.Combine(folder, "mislabelled.csv", "in the way"));
        GraftException error = Assert.Throws<GraftException>(() => LookAlikeFlowers.Write(folder, Few with { ImagesPerClass = 1, HeldOutPerClass = 0 }, cancellation: TestContext.Current.CancellationToken));
        Assert.StartsWith($"The sample images go into a folder that can be written, and '{folder}' can't: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(" Name another folder, or make this one writable.", error.Message, StringComparison.Ordinal);
    }

    private static string Jpeg(LookAlikeKind kind, int index)
    {
        using SKBitmap bitmap = LookAlikeFlowers.Draw(kind, Few.Seed, index, Few.Size);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 88);
        return Convert.ToBase64String(data.ToArray());
    }

    private string[] Files(string pattern) =>
        [.. Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    private sealed class Collector(List<Completion> reports) : IProgress<Completion>
    {
        public void Report(Completion value) => reports.Add(value);
    }
}
