using Graft.Readouts;
using Graft.Vision.Decoding;

namespace Graft.Vision.Tests.Samples;

/// <summary>What colours alone tell of images: a readout on square roots of the shares of 8 x 8 x 8 bins of colour, so that a dot product compares distributions.</summary>
internal static class ColourHistograms
{
    private const int Bins = 512;

    /// <summary>The accuracy of the readout on images that it did not learn from.</summary>
    public static double Top1(int classes, IReadOnlyList<ImageItem> train, IReadOnlyList<ImageItem> heldOut)
    {
        RidgeFit fit = RidgeReadout.Fit(new LabelledFeatures(Features(train), Bins, Labels(train), classes), cancellation: TestContext.Current.CancellationToken);
        return ClassificationMetrics.Measure(fit.Readout.Score(Features(heldOut)), classes, Labels(heldOut)).Top1;
    }

    private static int[] Labels(IReadOnlyList<ImageItem> items) => [.. items.Select(i => i.Label)];

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
