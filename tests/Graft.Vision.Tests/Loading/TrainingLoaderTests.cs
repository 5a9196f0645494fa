using Graft.Vision.Augmentation;
using Graft.Vision.Decoding;
using Graft.Vision.Loading;

namespace Graft.Vision.Tests.Loading;

public sealed class TrainingLoaderTests : IDisposable
{
    private const int Classes = 3, Images = 23;
    private static readonly Preprocessing Preprocessing = new() { Resolution = 24 };
    private static readonly AugmentationOptions Everything = new()
    {
        Colours = new ColourJitter { Hue = 0.1 },
        RandAugment = new RandAugment(),
        Erasing = new RandomErasing { Fill = ErasingFill.Noise },
        Mixing = new BatchMixing(),
    };

    private readonly TemporaryFolder folder = new();
    private readonly List<ImageItem> items = [];

    public TrainingLoaderTests()
    {
        string[] names = ["rgb.png", "large.jpg", "plain.gif", "lossy.webp", "plain.bmp"];
        for (int i = 0; i < Images; i++)
        {
            string name = $"{i}{Path.GetExtension(names[i % names.Length])}";
            items.Add(new ImageItem(folder.Write(name, Fixtures.Read(names[i % names.Length])), name, i % Classes));
        }
    }

    public void Dispose() => folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A copy of a batch.</summary>
    private sealed record Copy(int Epoch, int Index, float[] Pixels, int[] Labels, float[] Targets, int[] Items)
    {
        public static Copy Of(TrainingBatch batch) => new(batch.Epoch, batch.Index, batch.Pixels.ToArray(), batch.Labels.ToArray(), batch.Targets.ToArray(), batch.Items.ToArray());
    }

    private TrainingLoader Loader(int threads = 2, long cache = 1 << 30, AugmentationOptions? augmentation = null, ulong seed = 5) =>
        new(items, Classes, Preprocessing, augmentation ?? Everything, new TrainingLoaderOptions { BatchSize = 7, Threads = threads, CacheBytes = cache, Seed = seed });

    private static void AssertSame(IReadOnlyList<Copy> expected, IReadOnlyList<Copy> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        foreach ((Copy one, Copy other) in expected.Zip(actual))
        {
            Assert.Equal((one.Epoch, one.Index), (other.Epoch, other.Index));
            Assert.Equal(one.Items, other.Items);
            Assert.Equal(one.Labels, other.Labels);
            Assert.Equal(one.Targets, other.Targets);
            Assert.True(one.Pixels.AsSpan().SequenceEqual(other.Pixels), $"epoch {one.Epoch}, batch {one.Index}");
        }
    }

    private static Copy[] Load(TrainingLoader loader, int firstEpoch, int endEpoch, int firstBatch = 0) =>
        [.. loader.Load(firstEpoch, endEpoch, firstBatch, Cancel).Select(Copy.Of)];

    [Fact]
    public void BalancedEpochsShowEveryClassAsOften()
    {
        // 17 images of class 0, 4 of class 1, 2 of class 2.
        ImageItem[] uneven = [.. items.Select((item, i) => item with { Label = i < 17 ? 0 : i < 21 ? 1 : 2 })];
        TrainingLoaderOptions options = new() { BatchSize = 7, Threads = 2, Seed = 5, Sampling = Sampling.Balanced };
        AugmentationOptions varied = AugmentationOptions.Default;
        Copy[] epochs = [.. new TrainingLoader(uneven, Classes, Preprocessing, varied, options).Load(0, 2, cancellation: Cancel).Select(Copy.Of)];
        foreach (int epoch in (int[])[0, 1])
        {
            int[] labels = [.. epochs.Where(batch => batch.Epoch == epoch).SelectMany(batch => batch.Labels)];
            Assert.Equal([7, 8, 8], Enumerable.Range(0, 3).Select(label => labels.Count(l => l == label)));
            int[] seen = [.. epochs.Where(batch => batch.Epoch == epoch).SelectMany(batch => batch.Items)];
            Assert.Equal(7, seen.Where(item => item < 17).Distinct().Count());
            Assert.All(Enumerable.Range(17, 4), item => Assert.Equal(2, seen.Count(s => s == item)));
            Assert.All(Enumerable.Range(21, 2), item => Assert.Equal(4, seen.Count(s => s == item)));
        }

        // What comes again is varied anew; other epochs have other images of the frequent class.
        int length = Preprocessing.Resolution * Preprocessing.Resolution * 3;
        float[][] same = [.. epochs.Where(batch => batch.Epoch == 0).SelectMany(batch => batch.Items.Select((item, row) => (item, row)).Where(pair => pair.item == 21).Select(pair => batch.Pixels.AsSpan(pair.row * length, length).ToArray()))];
        Assert.Equal(4, same.Length);
        Assert.All(same[1..], pixels => Assert.NotEqual(same[0], pixels));
        Assert.NotEqual(Frequent(0), Frequent(1));
        AssertSame(epochs[2..], [.. new TrainingLoader(uneven, Classes, Preprocessing, varied, options with { Threads = 1 }).Load(0, 2, 2, Cancel).Select(Copy.Of)]);

        int[] Frequent(int epoch) => [.. epochs.Where(batch => batch.Epoch == epoch).SelectMany(batch => batch.Items).Where(item => item < 17).Order()];
    }

    [Fact]
    public void AnEpochHasEveryImageOnceInBatchesOfLikeSize()
    {
        TrainingLoader loader = Loader();
        Copy[] batches = Load(loader, 0, 3);
        Assert.Equal((4, 6), (loader.BatchesPerEpoch, loader.LargestBatch));
        Assert.Equal(12, batches.Length);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            Copy[] own = [.. batches.Where(batch => batch.Epoch == epoch)];
            Assert.Equal([0, 1, 2, 3], own.Select(batch => batch.Index));
            Assert.Equal([5, 6, 6, 6], own.Select(batch => batch.Items.Length).Order());
            Assert.Equal(Enumerable.Range(0, Images), own.SelectMany(batch => batch.Items).Order());
            Assert.All(own, batch => Assert.Equal(batch.Items.Select(i => items[i].Label), batch.Labels));
            Assert.All(own, batch => Assert.Equal((batch.Items.Length * 24 * 24 * 3, batch.Items.Length * Classes), (batch.Pixels.Length, batch.Targets.Length)));
        }

        Assert.NotEqual(batches[0].Items, batches[4].Items);
        Assert.NotEqual(Load(Loader(seed: 6), 0, 1)[0].Items, batches[0].Items);
    }

    [Fact]
    public void BatchesAreTheSameOnAnyNumberOfThreadsAndWithoutACache()
    {
        Copy[] expected = Load(Loader(threads: 1), 0, 3);
        AssertSame(expected, Load(Loader(threads: 4), 0, 3));
        AssertSame(expected, Load(Loader(threads: 3, cache: 0), 0, 3));
        AssertSame(expected, Load(Loader(threads: 3, cache: 20_000), 0, 3));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 0)]
    [InlineData(2, 4)]
    public void AnyBatchCanBeTheFirst(int epoch, int batch)
    {
        Copy[] whole = Load(Loader(), 0, 3);
        AssertSame(whole[((epoch * 4) + batch)..], Load(Loader(), epoch, 3, batch));
    }

    [Fact]
    public void TargetsAreProbabilitiesOfTheMixedClasses()
    {
        Copy[] batches = Load(Loader(), 0, 2);
        Assert.All(batches, batch =>
        {
            for (int i = 0; i < batch.Labels.Length; i++)
            {
                float[] target = batch.Targets[(i * Classes)..((i + 1) * Classes)];
                Assert.Equal(1, target.Sum(), 1e-6);
                int other = batch.Labels[(i + batch.Labels.Length - 1) % batch.Labels.Length];
                Assert.Equal(1, target[batch.Labels[i]] + (other == batch.Labels[i] ? 0 : target[other]), 1e-6);
            }
        });
        Assert.Contains(batches, batch => batch.Targets.Any(t => t is > 0.01f and < 0.99f));
        Assert.All(Load(Loader(augmentation: AugmentationOptions.Default), 0, 1), batch => Assert.Empty(batch.Targets));
    }

    [Fact]
    public void WithoutAugmentationImagesAreWhatEvaluationSees()
    {
        ImagePreprocessor preprocessor = new(Preprocessing);
        float[] expected = new float[preprocessor.Length];
        foreach (Copy batch in Load(Loader(augmentation: AugmentationOptions.None), 0, 2))
        {
            for (int i = 0; i < batch.Items.Length; i++)
            {
                // A large JPEG is decoded at a smaller size.
                if (batch.Items[i] % 5 == 1) continue;
                using RgbImage image = ImageDecoder.DecodeFile(items[batch.Items[i]].Path);
                preprocessor.Apply(image, expected);
                Assert.Equal(expected, batch.Pixels[(i * preprocessor.Length)..((i + 1) * preprocessor.Length)]);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void UnusableImagesLeaveGapsAndAreListedOnce(int threads)
    {
        AugmentationOptions plain = AugmentationOptions.Default;
        Copy[] whole = Load(Loader(augmentation: plain), 0, 2);
        File.WriteAllBytes(items[11].Path, "no image"u8);
        File.Delete(items[4].Path);
        TrainingLoader loader = Loader(threads, augmentation: plain);
        Copy[] actual = Load(loader, 0, 2);
        AssertSame([.. whole.Select(Without)], actual);
        Assert.Equal([new SkippedImage(items[4].Path, "no such file"), new SkippedImage(items[11].Path, "not an image")], loader.Skipped);

        static Copy Without(Copy batch)
        {
            int[] kept = [.. Enumerable.Range(0, batch.Items.Length).Where(i => batch.Items[i] is not (4 or 11))];
            return batch with
            {
                Items = [.. kept.Select(i => batch.Items[i])],
                Labels = [.. kept.Select(i => batch.Labels[i])],
                Pixels = [.. kept.SelectMany(i => batch.Pixels[(i * 24 * 24 * 3)..((i + 1) * 24 * 24 * 3)])],
            };
        }
    }

    [Fact]
    public void AImageThatVanishesIsLeftOutFromThenOn()
    {
        TrainingLoader loader = Loader(cache: 0);
        Assert.Equal(Images, Load(loader, 0, 1).Sum(batch => batch.Items.Length));
        Assert.Empty(loader.Skipped);
        File.Delete(items[9].Path);
        Assert.Equal(2 * (Images - 1), Load(loader, 1, 3).Sum(batch => batch.Items.Length));
        Assert.Equal([new SkippedImage(items[9].Path, "no such file")], loader.Skipped);
    }

    [Fact]
    public void AVanishedFolderIsAnError()
    {
        TrainingLoader loader = Loader(cache: 0);
        foreach (ImageItem item in items) File.Delete(item.Path);
        GraftException error = Assert.Throws<GraftException>(() => Load(loader, 0, 100));
        Assert.Equal(
            $"None of 23 images can be used; the first, '{items[0].Path}': no such file. Check that the folder is still there and holds images.", error.Message);
    }

    [Fact]
    public void LeavingEarlyAndCancellingStopTheThreads()
    {
        foreach (TrainingBatch batch in Loader().Load(0, 1_000_000, cancellation: Cancel))
        {
            if (batch.Epoch == 1) break;
        }

        using CancellationTokenSource source = new();
        int batches = 0;
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (TrainingBatch batch in Loader().Load(0, 1000, cancellation: source.Token))
            {
                if (++batches == 3) source.Cancel();
            }
        });
        Assert.Equal(3, batches);
    }

    [Fact]
    public void ArgumentsAreChecked()
    {
        Assert.Equal("Training takes one image at least; the list is empty. (Parameter 'items')",
            Assert.Throws<ArgumentException>(() => new TrainingLoader([], 2, Preprocessing)).Message);
        Assert.Equal("Labels must be at least 0 and below the number of classes, 2; that of '2.gif' is 2. (Parameter 'items')",
            Assert.Throws<ArgumentException>(() => new TrainingLoader(items, 2, Preprocessing)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Loader().Load(2, 1, cancellation: Cancel));
        Assert.Throws<ArgumentOutOfRangeException>(() => Loader().Load(0, 1, 5, Cancel));
        Assert.Empty(Loader().Load(1, 1, cancellation: Cancel));
    }

    [Theory]
    [InlineData(1, 0, 8)]
    [InlineData(0, 1, 1)]
    [InlineData(1, 1, 4)]
    public void LargeJpegsAreDecodedSmaller(int extra, int whole, int divisor)
    {
        byte[] file = Fixtures.Read("large.jpg");
        using RgbImage full = ImageDecoder.Decode(file);
        int side = whole == 1 && extra == 0 ? Math.Min(full.Width, full.Height) : Math.Min(full.Width, full.Height) / divisor;
        using DecodeLease lease = new();
        using RgbImage reduced = ImageDecoder.Decode(file, new DecodeRequest(ImageLimits.Default, side, lease), out string? notice);
        Assert.Null(notice);
        Assert.Equal(((full.Width + divisor - 1) / divisor, (full.Height + divisor - 1) / divisor), (reduced.Width, reduced.Height));
        using RgbImage expected = Resizer.Resize(full, reduced.Width, reduced.Height, Interpolation.Bilinear);
        double difference = 0;
        for (int i = 0; i < expected.Pixels.Length; i++) difference += Math.Abs(expected.Pixels[i] - reduced.Pixels[i]) / (double)expected.Pixels.Length;
        Assert.InRange(difference, 0, 3);
    }
}
