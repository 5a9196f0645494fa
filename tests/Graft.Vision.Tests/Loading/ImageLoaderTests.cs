using Graft.Vision.Decoding;
using Graft.Vision.Folders;
using Graft.Vision.Loading;

namespace Graft.Vision.Tests.Loading;

public class ImageLoaderTests
{
    private static readonly ImagePreprocessor Preprocessor = new(new Preprocessing { Resolution = 16 });

    private static readonly string[] Names = ["rgb.png", "baseline.jpg", "bomb.png", "plain.gif", "large.jpg", "lossy.webp", "missing.jpg", "grey.png", "plain.bmp"];

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 4, 2)]
    [InlineData(3, 4, 1)]
    [InlineData(8, 5, 3)]
    [InlineData(4, 100, 2)]
    public void BatchesAreInOrderWithoutGaps(int threads, int batch, int ahead)
    {
        string[] paths = [.. Enumerable.Range(0, 61).Select(i => Fixtures.PathOf(Names[i % Names.Length]))];
        ImageLoader loader = new(Preprocessor, new ImageLoaderOptions { Threads = threads, BatchSize = batch, BatchesAhead = ahead });
        int index = 0;
        foreach (ImageBatch loaded in loader.Load(paths, isKnown: _ => false, TestContext.Current.CancellationToken))
        {
            Assert.Equal(Math.Min(batch, paths.Length - index), loaded.Images.Count);
            int row = 0;
            foreach (LoadedImage image in loaded.Images)
            {
                Assert.Equal((index, paths[index]), (image.Index, image.Path));
                string? error = Names[index % Names.Length] switch
                {
                    "bomb.png" => "400 megapixels, over the limit of 100",
                    "missing.jpg" => "no such file",
                    _ => null,
                };
                Assert.Equal((error, error is null ? row : -1), (image.Error, image.Row));
                if (error is null)
                {
                    float[] expected = new float[Preprocessor.Length];
                    using RgbImage decoded = ImageDecoder.DecodeFile(paths[index]);
                    Preprocessor.Apply(decoded, expected);
                    Assert.True(loaded.Pixels.Slice(row++ * Preprocessor.Length, Preprocessor.Length).SequenceEqual(expected));
                    Assert.Equal(ContentHash.Of(File.ReadAllBytes(paths[index])), image.Hash);
                }

                index++;
            }

            Assert.Equal((row, row * Preprocessor.Length), (loaded.Decoded, loaded.Pixels.Length));
        }

        Assert.Equal(paths.Length, index);
    }

    [Fact]
    public void ContentsAreHashedOnlyForWhoAsks() =>
        Assert.All(Assert.Single(new ImageLoader(Preprocessor).Load([Fixtures.PathOf("baseline.jpg")], cancellation: TestContext.Current.CancellationToken)).Images, image => Assert.Null(image.Hash));

    [Fact]
    public void KnownContentsAreNotDecoded()
    {
        string[] paths = [.. Names.Select(Fixtures.PathOf)];
        ContentHash known = ContentHash.Of(Fixtures.Read("baseline.jpg"));
        ImageBatch batch = Assert.Single(new ImageLoader(Preprocessor).Load(paths, hash => hash == known, TestContext.Current.CancellationToken));
        Assert.Equal([0, -1, -1, 1, 2, 3, -1, 4, 5], batch.Images.Select(image => image.Row));
        Assert.Equal((known, null), (batch.Images[1].Hash, batch.Images[1].Error));
    }

    [Fact]
    public void NoticesTravelWithTheImage()
    {
        using TemporaryFolder folder = new();
        byte[] file = Fixtures.Read("large.jpg");
        string path = folder.Write("cut.jpg", file.AsSpan(0, file.Length * 85 / 100));
        LoadedImage image = Assert.Single(Assert.Single(new ImageLoader(Preprocessor).Load([path], cancellation: TestContext.Current.CancellationToken)).Images);
        Assert.Equal((0, null, "cut short: 64 % decoded"), (image.Row, image.Error, image.Notice));
    }

    [Fact]
    public void NobodyDecodesFurtherAheadThanAsked()
    {
        int asked = 0;
        string[] paths = [.. Enumerable.Repeat(Fixtures.PathOf("rgb.png"), 100)];
        ImageLoader loader = new(Preprocessor, new ImageLoaderOptions { Threads = 4, BatchSize = 5, BatchesAhead = 2 });
        bool Count(ContentHash hash)
        {
            Interlocked.Increment(ref asked);
            return false;
        }

        int batches = 0;
        foreach (ImageBatch batch in loader.Load(paths, Count, TestContext.Current.CancellationToken))
        {
            Thread.Sleep(5);
            Assert.InRange(Volatile.Read(ref asked), 5 * (batches + 1), 5 * (batches + 3));
            batches++;
        }

        Assert.Equal((20, 100), (batches, asked));
    }

    [Fact]
    public void LeavingEarlyStopsTheThreads()
    {
        int asked = 0;
        string[] paths = [.. Enumerable.Repeat(Fixtures.PathOf("rgb.png"), 10_000)];
        foreach (ImageBatch batch in new ImageLoader(Preprocessor).Load(paths, _ => Interlocked.Increment(ref asked) < 0, TestContext.Current.CancellationToken)) break;
        int after = Volatile.Read(ref asked);
        Thread.Sleep(20);
        Assert.Equal(after, Volatile.Read(ref asked));
        Assert.InRange(after, 1, 32 * 3);
    }

    [Fact]
    public void CancellingEndsTheEnumeration()
    {
        using CancellationTokenSource source = new();
        string[] paths = [.. Enumerable.Repeat(Fixtures.PathOf("rgb.png"), 1000)];
        int batches = 0;
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (ImageBatch batch in new ImageLoader(Preprocessor).Load(paths, cancellation: source.Token))
            {
                if (++batches == 2) source.Cancel();
            }
        });
        Assert.Equal(2, batches);
    }

    [Fact]
    public void AnErrorOfTheCallerIsThrown()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() =>
            new ImageLoader(Preprocessor).Load([Fixtures.PathOf("rgb.png")], _ => throw new InvalidOperationException("mine"), TestContext.Current.CancellationToken).Count());
        Assert.Equal("mine", error.Message);
    }

    [Fact]
    public void NoPathsGiveNoBatches() => Assert.Empty(new ImageLoader(Preprocessor).Load([], cancellation: TestContext.Current.CancellationToken));
}
