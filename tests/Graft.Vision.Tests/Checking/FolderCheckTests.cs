using Graft.Vision.Checking;
using Graft.Vision.Features;
using Graft.Vision.Samples;

namespace Graft.Vision.Tests.Checking;

public class FolderCheckTests
{
    [Fact]
    public void DrawnFlowersThatLookAlikeAreNoCopies()
    {
        using CheckedFolder folder = new(images: 12);
        CheckResult result = folder.Check();
        Assert.Equal(60, result.Images.Count);
        Assert.Empty(result.Exact);
        Assert.Empty(result.Near);
        Assert.Empty(result.Mirrored);
        Assert.Empty(result.Tiny);
        Assert.Empty(result.Empty);
        Assert.Empty(result.Unreadable);
        Assert.Null(result.NotJudged);
    }

    [Fact]
    public void TheSamePixelsAreFoundInOtherFilesAndOtherClasses()
    {
        using CheckedFolder folder = new();
        string rose = folder.Image("rose", 0), tulip = folder.Image("tulip", 1);
        string again = folder.Plant("rose/zz.jpg", File.ReadAllBytes(rose)), inside = folder.Plant("tulip/zz.png", CheckedFolder.Read(tulip).ToPng()), across = folder.Plant("daisy/zz.png", CheckedFolder.Read(rose).ToPng());
        CheckResult result = folder.Check();
        Assert.Equal(2, result.Exact.Count);
        ExactCopies roses = result.Exact.Single(copies => copies.Images.Count == 3), tulips = result.Exact.Single(copies => copies.Images.Count == 2);
        Assert.Equal([across, folder.NameOf(rose), again], roses.Images.Select(image => image.Name));
        Assert.Equal([folder.NameOf(tulip), inside], tulips.Images.Select(image => image.Name));
        Assert.True(roses.CrossesClasses && !tulips.CrossesClasses && !roses.CrossesParts);
        Assert.Empty(result.Near);
    }

    [Fact]
    public void ChangedCopiesAreFoundAndNothingElse()
    {
        using CheckedFolder folder = new();
        string[] originals = [.. Enumerable.Range(0, 8).Select(i => folder.Image(i % 2 == 0 ? "daisy" : "sunflower", i / 2))];
        RgbImage[] images = [.. originals.Select(CheckedFolder.Read)];
        byte[][] copies =
        [
            images[0].ToJpeg(30), images[1].ToJpeg(95), CheckedFolder.Scale(images[2], 0.5).ToJpeg(90), CheckedFolder.Scale(images[3], 2).ToJpeg(90),
            CheckedFolder.Crop(images[4], 0.1, 0.1, 0.1, 0.1).ToJpeg(90), CheckedFolder.Crop(images[5], 0.03, 0.09, 0, 0.06).ToJpeg(90), CheckedFolder.Brighter(images[6]).ToPng(),
            CheckedFolder.Scale(CheckedFolder.Brighter(CheckedFolder.Crop(images[7], 0, 0.08, 0.05, 0)), 0.7).ToJpeg(45),
        ];
        string[] planted = [.. copies.Select((content, i) => folder.Plant($"{(i % 2 == 0 ? "daisy" : "sunflower")}/zz{i}.jpg", content))];
        CheckResult result = folder.Check();
        Assert.Equal(
            originals.Zip(planted).Select(pair => (folder.NameOf(pair.First), pair.Second)).Order(),
            result.Near.Select(pair => (pair.First.Name, pair.Second.Name)).Order());
        Assert.All(result.Near, pair => Assert.InRange(pair.Distance, 0, 0.15f));
        Assert.Equal(result.Near.Select(pair => pair.Distance).Order(), result.Near.Select(pair => pair.Distance));
        Assert.Empty(result.Mirrored);
    }

    [Fact]
    public void MirroredCopiesAreToldApart()
    {
        using CheckedFolder folder = new();
        string rose = folder.Image("rose", 2), daisy = folder.Image("daisy", 3);
        string plain = folder.Plant("rose/zz.png", CheckedFolder.Mirror(CheckedFolder.Read(rose)).ToPng());
        string changed = folder.Plant("tulip/zz.jpg", CheckedFolder.Scale(CheckedFolder.Crop(CheckedFolder.Mirror(CheckedFolder.Read(daisy)), 0.05, 0, 0.04, 0.08), 0.8).ToJpeg(60));
        CheckResult result = folder.Check();
        Assert.Empty(result.Near);
        Assert.Equal([(folder.NameOf(rose), plain, false), (folder.NameOf(daisy), changed, true)], result.Mirrored.Select(pair => (pair.First.Name, pair.Second.Name, pair.CrossesClasses)));
        Assert.InRange(result.Mirrored[0].Distance, 0, 0.001f);
    }

    [Fact]
    public void BlurredTinyAndEmptyImagesAreFound()
    {
        using CheckedFolder folder = new(size: 224);
        RgbImage daisy = CheckedFolder.Read(folder.Image("daisy", 0));
        string blurred = folder.Plant("daisy/zz-blurred.jpg", CheckedFolder.Blur(daisy, 2.5).ToJpeg(90));
        string tiny = folder.Plant("daisy/zz-tiny.png", CheckedFolder.Scale(CheckedFolder.Read(folder.Image("daisy", 1)), 0.2).ToPng());
        string grey = folder.Plant("rose/zz-grey.png", CheckedFolder.Change(daisy, (x, y, c) => 120 + ((x + y) % 3)).ToPng());
        CheckResult result = folder.Check();
        Assert.Contains(blurred, result.Blurred.Select(image => image.Name));
        Assert.DoesNotContain(folder.NameOf(folder.Image("daisy", 0)), result.Blurred.Select(image => image.Name));
        Assert.Equal([tiny], result.Tiny.Select(image => image.Name));
        Assert.Equal([grey], result.Empty.Select(image => image.Name));
    }

    [Fact]
    public void FilesThatAreNoImagesAreListedWithTheirReasons()
    {
        using CheckedFolder folder = new(images: 4);
        string empty = folder.Plant("rose/zz-a.jpg", []), text = folder.Plant("rose/zz-b.jpg", "no image"u8), cut = folder.Plant("rose/zz-c.jpg", File.ReadAllBytes(folder.Image("rose", 0)).AsSpan(0, 300));
        CheckResult result = folder.Check();
        Assert.Equal(20, result.Images.Count);
        Assert.Equal([empty, text, cut], result.Unreadable.Select(file => file.Path));
        Assert.Equal(["empty file", "not an image"], result.Unreadable.Take(2).Select(file => file.Reason));
    }

    [Fact]
    public void NothingButBadFilesIsAnError()
    {
        using CheckedFolder folder = CheckedFolder.Empty();
        folder.Plant("rose/a.jpg", "no image"u8);
        GraftException error = Assert.Throws<GraftException>(() => folder.Check());
        Assert.Equal($"No image in '{folder.Root}' can be used: 'rose/a.jpg', for example, is left out (not an image).", error.Message);
    }

    [Fact]
    public void OneClassHasNoSuspects()
    {
        using CheckedFolder folder = new(images: 5);
        foreach (string name in SampleFlowers.Labels.Where(label => label != "rose")) Directory.Delete(Path.Combine(folder.Root, name), recursive: true);
        CheckResult result = folder.Check();
        Assert.Equal(5, result.Images.Count);
        Assert.Empty(result.Ranking);
        Assert.Equal("All images are of one class, 'rose': no other could be the right one, and no label was judged.", result.NotJudged);
    }

    [Fact]
    public void ExchangedLabelsComeFirst()
    {
        using CheckedFolder folder = new(images: 20);
        string[] exchanged = [Exchange(folder, "daisy", "rose", 0), Exchange(folder, "tulip", "dandelion", 3), Exchange(folder, "sunflower", "tulip", 5)];
        CheckResult result = folder.Check();
        Assert.Equal(100, result.Ranking.Count);
        Assert.Subset(result.Ranking.Take(8).Select(suspect => suspect.Image.Name).ToHashSet(), exchanged.ToHashSet());
        Assert.All(result.Ranking.Where(suspect => exchanged.Contains(suspect.Image.Name)), suspect => Assert.StartsWith(suspect.Suggested, Path.GetFileName(suspect.Image.Name)[3..]));
        Assert.InRange(result.Suspects.Count, 1, 10);
        Assert.Equal(result.Ranking.Take(result.Suspects.Count), result.Suspects);
        Assert.Equal(result.Ranking.Select(suspect => suspect.Score).OrderDescending(), result.Ranking.Select(suspect => suspect.Score));
    }

    [Fact]
    public void CopiesDoNotVouchForAWrongLabel()
    {
        using CheckedFolder folder = new(images: 20);
        string wrong = Exchange(folder, "daisy", "rose", 0), file = Path.Combine(folder.Root, wrong);
        RgbImage image = CheckedFolder.Read(file);
        string[] copies = [wrong, .. Enumerable.Range(0, 4).Select(i => folder.Plant($"rose/zz-daisy-{i}.jpg", i == 0 ? File.ReadAllBytes(file) : CheckedFolder.Scale(image, 0.7 + (0.1 * i)).ToJpeg(80)))];
        CheckResult result = folder.Check();
        Assert.Subset(result.Ranking.Take(10).Select(suspect => suspect.Image.Name).ToHashSet(), copies.ToHashSet());
    }

    [Fact]
    public void TheResultIsTheSameOnAnyNumberOfThreadsAndFromTheCache()
    {
        using CheckedFolder folder = new();
        using TemporaryFolder kept = new();
        folder.Plant("rose/zz.jpg", CheckedFolder.Read(folder.Image("rose", 1)).ToJpeg(40));
        folder.Plant("rose/zy.jpg", CheckedFolder.Mirror(CheckedFolder.Read(folder.Image("rose", 2))).ToJpeg(70));
        FeatureCache cache = new(kept.Path);
        string one = Text(folder.Check(threads: 1)), three = Text(folder.Check(threads: 3, cache)), again = Text(folder.Check(threads: 2, cache));
        Assert.Equal(one, three);
        Assert.Equal(one, again);
        Assert.Equal(42, folder.Check(cache: cache).Cached);
    }

    [Fact]
    public void CopiesAcrossPartsAreSaidAndTheHeldOutOnesStay()
    {
        using CheckedFolder folder = CheckedFolder.Empty();
        SampleFlowers.Write(Path.Combine(folder.Root, "train"), new SampleFlowerOptions { ImagesPerClass = 4, Size = 96, Seed = 3 }, cancellation: TestContext.Current.CancellationToken);
        SampleFlowers.Write(Path.Combine(folder.Root, "val"), new SampleFlowerOptions { ImagesPerClass = 2, Size = 96, Seed = 4 }, cancellation: TestContext.Current.CancellationToken);
        string[] roses = [.. Directory.GetFiles(Path.Combine(folder.Root, "val", "rose")).Order(StringComparer.Ordinal)];
        folder.Plant("train/rose/zz.jpg", File.ReadAllBytes(roses[0]));
        folder.Plant("train/rose/zy.jpg", CheckedFolder.Read(roses[1]).ToJpeg(50));
        CheckResult result = folder.Check();
        Assert.Equal(32, result.Images.Count);
        Assert.True(result.Exact.Single().CrossesParts && result.Near.Single().CrossesParts && !result.Near.Single().CrossesClasses);
        IReadOnlyList<ExcludedImage> excluded = ExcludeList.Of(result);
        Assert.Contains(new ExcludedImage("train/rose/zz.jpg", $"a copy of {folder.NameOf(roses[0])}"), excluded);
        Assert.Contains(new ExcludedImage("train/rose/zy.jpg", $"a copy of {folder.NameOf(roses[1])}"), excluded);
        Assert.DoesNotContain(excluded, image => image.Reason.StartsWith("a copy", StringComparison.Ordinal) && image.Path.StartsWith("val", StringComparison.Ordinal));
    }

    /// <summary>Of copies in one class the best stays: it is first by its name here nowhere.</summary>
    [Fact]
    public void OfCopiesTheLargestAndSharpestStays()
    {
        using CheckedFolder folder = new();
        RgbImage first = CheckedFolder.Read(folder.Image("rose", 0)), second = CheckedFolder.Read(folder.Image("tulip", 0));
        string small = folder.Plant("rose/0-small.jpg", CheckedFolder.Scale(first, 0.6).ToJpeg(90));
        string blurred = folder.Plant("tulip/0-blurred.jpg", CheckedFolder.Blur(second, 2).ToJpeg(90));
        IReadOnlyList<ExcludedImage> excluded = ExcludeList.Of(folder.Check());
        Assert.Equal([small, blurred], excluded.Where(image => image.Reason.StartsWith("a copy of", StringComparison.Ordinal)).Select(image => image.Path));
    }

    [Fact]
    public void ItCanBeCancelled()
    {
        using CheckedFolder folder = new(images: 2);
        Assert.ThrowsAny<OperationCanceledException>(() => folder.Check(cancellation: new CancellationToken(canceled: true)));
    }

    private static string Exchange(CheckedFolder folder, string from, string to, int index)
    {
        string file = folder.Image(from, index), moved = Path.Combine(folder.Root, to, $"zz-{from}-{index}.jpg");
        File.Move(file, moved);
        return folder.NameOf(moved);
    }

    private static string Text(CheckResult result) => string.Join('\n',
    [
        .. result.Near.Concat(result.Mirrored).Select(pair => $"{pair.First.Name} {pair.Second.Name} {pair.Distance:R}"),
        .. result.Ranking.Select(suspect => $"{suspect.Image.Name} {suspect.Suggested} {suspect.Score:R}"),
        .. result.Blurred.Concat(result.Odd).Select(image => image.Name),
    ]);
}
