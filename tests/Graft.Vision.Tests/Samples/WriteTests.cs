using Graft.Vision.Samples;
using SkiaSharp;

namespace Graft.Vision.Tests.Samples;

public sealed class WriteTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("graft-flowers-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void WritesAFolderForEachLabel()
    {
        SampleFlowers.Write(folder, new SampleFlowerOptions { ImagesPerClass = 2, Size = 64, Seed = 5 }, cancellation: TestContext.Current.CancellationToken);
        string[] expected = [.. SampleFlowers.Labels.SelectMany(label => new[] { $"{label}/{label}-0001.jpg", $"{label}/{label}-0002.jpg" })];
        Assert.Equal(expected, Files());
        foreach (string file in Files())
        {
            using SKBitmap bitmap = SKBitmap.Decode(Path.Combine(folder, file));
            Assert.Equal((64, 64), (bitmap.Width, bitmap.Height));
        }

        using SKBitmap drawn = SampleFlowers.Draw(FlowerKind.Tulip, 5, 1, 64), read = SKBitmap.Decode(Path.Combine(folder, "tulip/tulip-0002.jpg"));
        double difference = 0;
        for (int i = 0; i < 4096; i++) difference += Math.Abs(drawn.GetPixel(i % 64, i / 64).Green - read.GetPixel(i % 64, i / 64).Green) / 4096.0;
        Assert.True(difference < 5, $"the file differs from the image by {difference:0.0} levels");
    }

    [Fact]
    public void ALargerSetBeginsWithTheSmallerOne()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        SampleFlowers.Write(folder, new SampleFlowerOptions { ImagesPerClass = 1, Size = 48 }, cancellation: token);
        byte[] before = File.ReadAllBytes(Path.Combine(folder, "rose/rose-0001.jpg"));
        string left = Path.Combine(folder, $"rose/.rose-0001.jpg.{Guid.NewGuid():N}.graft-tmp");
        File.WriteAllText(left, "left by a run that was killed");
        File.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddHours(-1));
        SampleFlowers.Write(folder, new SampleFlowerOptions { ImagesPerClass = 3, Size = 48 }, cancellation: token);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(folder, "rose/rose-0001.jpg")));
        Assert.Equal(15, Files().Length);
        SampleFlowers.Write(folder, new SampleFlowerOptions { ImagesPerClass = 1, Size = 48, Seed = 2 }, cancellation: token);
        Assert.NotEqual(before, File.ReadAllBytes(Path.Combine(folder, "rose/rose-0001.jpg")));
    }

    [Fact]
    public void ReportsEveryImageInOrder()
    {
        Reports reports = new();
        SampleFlowers.Write(folder, new SampleFlowerOptions { ImagesPerClass = 3, Size = 32 }, reports, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(1, 15).Select(done => new Completion(done, 15)), reports.Seen);
    }

    [Fact]
    public void CancellingLeavesOnlyWholeImages()
    {
        using CancellationTokenSource source = new();
        Reports reports = new() { Then = report => { if (report.Done == 4) source.Cancel(); } };
        Assert.ThrowsAny<OperationCanceledException>(() => SampleFlowers.Write(folder, new SampleFlowerOptions { ImagesPerClass = 1000, Size = 64 }, reports, source.Token));
        string[] files = Files();
        Assert.InRange(files.Length, 4, 4 + Environment.ProcessorCount);
        Assert.All(files, file =>
        {
            Assert.EndsWith(".jpg", file);
            using SKCodec codec = SKCodec.Create(Path.Combine(folder, file));
            using SKBitmap bitmap = new(codec.Info);
            Assert.Equal(SKCodecResult.Success, codec.GetPixels(bitmap.Info, bitmap.GetPixels()));
        });
    }

    [Fact]
    public void CancelledBeforeTheStartWritesNothing()
    {
        Assert.ThrowsAny<OperationCanceledException>(() => SampleFlowers.Write(folder, new SampleFlowerOptions(), cancellation: new CancellationToken(canceled: true)));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void AFileInPlaceOfTheFolderIsAnErrorThatSaysSo()
    {
        string path = Path.Combine(folder, "taken");
        File.WriteAllText(path, "");
        GraftException error = Assert.Throws<GraftException>(() => SampleFlowers.Write(path, new SampleFlowerOptions(), cancellation: TestContext.Current.CancellationToken));
        Assert.Equal($"The sample images go into a folder that can be written, and '{path}' can't: {error.InnerException!.Message} Name another folder, or make this one writable.", error.Message);
    }

    [Fact]
    public void AFolderInPlaceOfAImageIsAnErrorAndLeavesNoDraft()
    {
        Directory.CreateDirectory(Path.Combine(folder, "daisy/daisy-0001.jpg"));
        GraftException error = Assert.Throws<GraftException>(() => SampleFlowers.Write(folder, new SampleFlowerOptions { ImagesPerClass = 1, Size = 32 }, cancellation: TestContext.Current.CancellationToken));
        Assert.StartsWith($"The sample images go into a folder that can be written, and '{folder}' can't: ", error.Message);
        Assert.DoesNotContain(Files(), file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    private string[] Files() =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    private sealed class Reports : IProgress<Completion>
    {
        public List<Completion> Seen { get; } = [];

        public Action<Completion>? Then { get; init; }

        public void Report(Completion value)
        {
            Seen.Add(value);
            Then?.Invoke(value);
        }
    }
}
