using Graft.Vision.Features;

namespace Graft.Vision.Distillation;

/// <summary>How alike the features of two models are on the same images.</summary>
/// <param name="Images">The number of images.</param>
/// <param name="Cosine">The mean over the images of the cosine between the two models' features.</param>
/// <param name="LeastCosine">The least of these cosines.</param>
/// <param name="Unexplained">sum (x - y)^2 / sum (y - mean y)^2, with y the second model's features and the mean over the images: 0 where they are the same.</param>
public sealed record FeatureSimilarity(int Images, double Cosine, double LeastCosine, double Unexplained)
{
    // Below this part of the mean square a variance is rounding.
    private const double LeastPart = 1e-9;

    /// <summary>Compares two models on images.</summary>
    /// <param name="model">A model whose network has an output <c>features</c>.</param>
    /// <param name="reference">Another, with as many features.</param>
    /// <param name="paths">The files.</param>
    /// <param name="threads">How many threads decode and compute; 0 is one for each processor.</param>
    /// <param name="progress">Told after each image and model.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The similarity, and what was left out.</returns>
    /// <exception cref="GraftException">A model has no features, they have different numbers of them, or no image can be used.</exception>
    public static (FeatureSimilarity Similarity, IReadOnlyList<SkippedImage> Skipped) Of(
        Model model, Model reference, IReadOnlyList<string> paths, int threads = 0, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        ExtractedFeatures x = FeatureExtractor.Extract(model, paths, threads: threads, progress: Half(0), cancellation: cancellation);
        ExtractedFeatures y = FeatureExtractor.Extract(reference, paths, threads: threads, progress: Half(1), cancellation: cancellation);
        if (x.Length != y.Length) throw new GraftException($"Only features of one length can be compared; '{model.Network.Graph.Architecture}' has {x.Length}, '{reference.Network.Graph.Architecture}' {y.Length}.");
        int[] usable = [.. Enumerable.Range(0, paths.Count).Where(i => x.Rows[i] >= 0 && y.Rows[i] >= 0)];
        SkippedImage[] skipped = [.. x.Images.Where(image => image.Error is not null).Select(image => new SkippedImage(image.Path, image.Error!))];
        if (usable.Length == 0) throw new GraftException(skipped.Length == 0 ? "There are no images to compare on." : $"None of {Amount.Of(paths.Count, "image")} can be used; the first, '{skipped[0].Path}': {skipped[0].Reason}.");
        float[] xs = [.. usable.SelectMany(i => x.Values.Slice(x.Rows[i] * x.Length, x.Length).ToArray())], ys = [.. usable.SelectMany(i => y.Values.Slice(y.Rows[i] * y.Length, y.Length).ToArray())];
        return (Of(xs, ys, x.Length), skipped);

        IProgress<Completion>? Half(int first) => progress is null ? null : new Part(progress, first * paths.Count, 2 * paths.Count);
    }

    /// <summary>Compares features <c>[images, length]</c>.</summary>
    internal static FeatureSimilarity Of(ReadOnlySpan<float> x, ReadOnlySpan<float> y, int length)
    {
        int images = x.Length / length;
        double cosines = 0, least = 1, error = 0, squares = 0;
        double[] sums = new double[length];
        for (int start = 0; start < x.Length; start += length)
        {
            double xy = 0, xx = 0, yy = 0;
            for (int i = start; i < start + length; i++)
            {
                (double a, double b) = (x[i], y[i]);
                xy += a * b;
                xx += a * a;
                yy += b * b;
                error += (a - b) * (a - b);
                sums[i - start] += b;
            }

            // Two images without any feature are alike.
            double cosine = xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : xx == yy ? 1 : 0;
            cosines += cosine;
            least = Math.Min(least, cosine);
            squares += yy;
        }

        double variation = squares - (sums.Sum(sum => sum * sum) / images);

        // One image does not vary: its length is what there is to explain.
        if (variation <= LeastPart * squares) variation = squares;
        return new FeatureSimilarity(images, cosines / images, least, error == 0 ? 0 : variation == 0 ? 1 : error / variation);
    }

    private sealed class Part(IProgress<Completion> progress, int first, int total) : IProgress<Completion>
    {
        public void Report(Completion value) => progress.Report(new Completion(first + value.Done, total));
    }
}
