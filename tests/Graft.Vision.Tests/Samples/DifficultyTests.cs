using Graft.Readouts;
using Graft.Vision.Features;
using Graft.Vision.Samples;

namespace Graft.Vision.Tests.Samples;

/// <summary>The default set is hard enough to mean something: colour hints at the kind and does not decide it, random convolutions see more, and not everything.</summary>
public sealed class DifficultyTests : IDisposable
{
    private const int Seeds = 5, Bins = 512;

    private readonly string root = Directory.CreateTempSubdirectory("graft-difficulty-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void ColourHistogramsStayUnderSixTenthsAndARandomTrunkIsAbove()
    {
        string pictures = Path.Combine(root, "pictures");
        SampleFlowers.Write(pictures, new SampleFlowerOptions(), cancellation: TestContext.Current.CancellationToken);
        ImageFolder folder = ImageFolder.Scan(pictures);

        // Chance is 0.2.
        Assert.InRange(Enumerable.Range(0, Seeds).Average(seed => Histograms(folder, (ulong)seed)), 0.25, 0.6);
        Assert.InRange(Enumerable.Range(0, Seeds).Average(seed => RandomConvolutions(folder, (ulong)seed)), 0.6, 0.95);
    }

    private double RandomConvolutions(ImageFolder folder, ulong seed)
    {
        ReadoutTrainerOptions options = new() { Seed = seed, Cache = new FeatureCache(Path.Combine(root, "cache")) };
        return ReadoutTrainer.Train(RandomTrunk.Make(), folder, options: options, cancellation: TestContext.Current.CancellationToken).Validation!.Top1;
    }

    private static double Histograms(ImageFolder folder, ulong seed)
    {
        ImageSplit split = folder.Split(0.2, seed);
        RidgeFit fit = RidgeReadout.Fit(
            new LabelledFeatures(Features(split.Training), Bins, Labels(split.Training), folder.Classes.Count), cancellation: TestContext.Current.CancellationToken);
        return ClassificationMetrics.Measure(fit.Readout.Score(Features(split.Validation)), folder.Classes.Count, Labels(split.Validation)).Top1;
    }

    private static int[] Labels(IReadOnlyList<ImageItem> items) => [.. items.Select(i => i.Label)];

    /// <summary>Square roots of the shares of 8 x 8 x 8 bins of colour, so that a dot product compares distributions.</summary>
    private static float[] Features(IReadOnlyList<ImageItem> items)
    {
        float[] features = new float[items.Count * Bins];
        Parallel.For(0, items.Count, i =>
        {
            using RgbImage image = ImageDecoder.DecodeFile(items[i].Path);
            Span<float> bins = features.AsSpan(i * Bins, Bins);
            ReadOnlySpan<byte> pixels = image.Pixels;
            for (int p = 0; p < pixels.Length; p += 3) bins[((pixels[p] >> 5) * 64) + ((pixels[p + 1] >> 5) * 8) + (pixels[p + 2] >> 5)] += 3f / pixels.Length;
            foreach (ref float bin in bins) bin = MathF.Sqrt(bin);
        });
        return features;
    }
}
