using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Vision.Decoding;
using Graft.Vision.Loading;

namespace Graft.Vision.Features;

/// <summary>The features of images that a trunk computed or a cache knew.</summary>
/// <param name="Length">The number of features of an image.</param>
/// <param name="Values"><c>[usable images, length]</c>, in the order of the paths.</param>
/// <param name="Images">What became of each path, in order.</param>
/// <param name="Rows">For each path its row in <paramref name="Values"/>, or -1 where the file cannot be used.</param>
/// <param name="Cached">How many images' features came from the cache.</param>
/// <param name="CacheFailed">Whether a cache was given whose folder cannot be used, so that nothing is kept.</param>
internal sealed record ExtractedFeatures(
    int Length, ReadOnlyMemory<float> Values, IReadOnlyList<LoadedImage> Images, IReadOnlyList<int> Rows, int Cached, bool CacheFailed);

/// <summary>Computes a trunk's features, once for each image.</summary>
internal static class FeatureExtractor
{
    // Part of the cache's key: raised when a change of the engine changes features by more than rounding.
    private const int Version = 1;

    /// <summary>Computes or recalls the features of image files.</summary>
    /// <param name="model">A model whose network has an output <c>features</c>.</param>
    /// <param name="paths">The files.</param>
    /// <param name="cache">Where features are kept between runs; null keeps nothing.</param>
    /// <param name="threads">How many threads decode and compute; 0 is one for each processor.</param>
    /// <param name="limits">What an image may cost.</param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="cancellation">Stops the work; what was computed until then is in the cache.</param>
    /// <exception cref="NetworkException">The network has no output <c>features</c>.</exception>
    public static ExtractedFeatures Extract(
        Model model,
        IReadOnlyList<string> paths,
        FeatureCache? cache = null,
        int threads = 0,
        ImageLimits? limits = null,
        IProgress<Completion>? progress = null,
        CancellationToken cancellation = default) => Extract(model, paths, cache, threads, limits, seen: null, progress, cancellation);

    /// <summary>Computes or recalls the features of image files, and shows each image that is decoded, with its place in the list of paths, on the thread that decoded it.</summary>
    internal static ExtractedFeatures Extract(
        Model model, IReadOnlyList<string> paths, FeatureCache? cache, int threads, ImageLimits? limits, Action<int, RgbImage>? seen, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        Network trunk = model.Network.Trunk();
        using ImageNetwork network = new(model with { Network = trunk }, threads, limits) { Seen = seen };
        int length = network.OutputLength;
        using FeatureStore? store = cache?.Open(Key(trunk, model.Preprocessing), length);

        List<float> values = new(paths.Count * length);
        LoadedImage[] images = new LoadedImage[paths.Count];
        int[] rows = new int[paths.Count];
        int done = 0, recalled = 0;
        foreach ((LoadedImage image, float[]? output) in network.Run(paths, hash => store?.WasKnown(hash) == true, cancellation))
        {
            float[]? features = output;
            if (output is not null && image.Hash is { } fresh) store?.Add(fresh, output);
            if (output is null && image is { Error: null, Hash: { } known })
            {
                features = store!.Find(known);
                recalled++;
            }

            images[image.Index] = features is null && image.Error is null ? image with { Error = "its cached features cannot be read; run again" } : image;
            rows[image.Index] = features is null ? -1 : values.Count / length;
            if (features is not null) values.AddRange(features);
            progress?.Report(new Completion(++done, paths.Count));
        }

        return new ExtractedFeatures(length, values.ToArray(), images, rows, recalled, cache is { MaximumBytes: > 0 } && !store!.IsUsable);
    }

    /// <summary>What the features depend on besides the image: the graph, every weight, and the preprocessing.</summary>
    internal static string Key(Network trunk, Preprocessing preprocessing) => Key(trunk, preprocessing, _ => true);

    /// <summary>The same of some of the weights, by their names.</summary>
    internal static string Key(Network trunk, Preprocessing preprocessing, Func<string, bool> counts)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Text($"{Version} {preprocessing.Resolution} {preprocessing.CropFraction:R} {preprocessing.Interpolation} {preprocessing.Decoding} {string.Join(' ', preprocessing.Mean)} {string.Join(' ', preprocessing.StandardDeviation)}");
        foreach (Node node in trunk.Graph.Nodes) Text($"{node.Name} {node.Scope} {node.Operation} {string.Join(' ', node.Inputs)}");
        foreach (string name in trunk.Graph.Parameters.Keys.Where(counts)) hash.AppendData(MemoryMarshal.AsBytes(trunk.Weights[name].Span));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));

        void Text(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
    }
}
