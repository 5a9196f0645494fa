using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;
using Graft.Vision.Decoding;
using Graft.Vision.Features;

namespace Graft.Vision.FineTuning;

/// <summary>What makes a model of a trained network: probabilities that are honest, and the statistics of its features.</summary>
internal static class Finishing
{
    // Their means and variances are those of all images within a few percent of a deviation.
    private const int MostMeasured = 512;

    /// <summary>A classifier whose scores are divided by a temperature; itself where its last layer does not come by itself.</summary>
    public static Network Tempered(Network network, double temperature)
    {
        if (network.Graph.Producer(network.Graph.Output(ClassifierHead.Logits).Value) is not { Operation: Dense } head || network.Graph.Sharers(head.Scope).Count > 1) return network;
        float scale = (float)(1 / temperature);
        string[] names = [.. new[] { "weight", "bias" }.Select(head.WeightName).Where(network.Weights.ContainsKey)];
        return network.WithWeights(names.ToDictionary(name => name, name => Scaled(network.Weights[name])));

        Tensor Scaled(Tensor weight) => new(weight.Shape, Array.ConvertAll(weight.Span.ToArray(), w => w * scale));
    }

    /// <summary>The statistics of the features of some of the images that were learned from; null where none can be read any more.</summary>
    /// <param name="model">The model.</param>
    /// <param name="learned">The images.</param>
    /// <param name="threads">How many threads work; 0 is one for each processor.</param>
    /// <param name="limits">What an image may cost.</param>
    /// <param name="cancellation">Stops it.</param>
    public static FeatureStatistics? StatisticsOf(Model model, ImageItem[] learned, int threads, ImageLimits limits, CancellationToken cancellation)
    {
        string[] images = [.. learned.Where((_, i) => i % ((learned.Length / MostMeasured) + 1) == 0).Select(item => item.Path)];
        ExtractedFeatures extracted = FeatureExtractor.Extract(model, images, cache: null, threads, limits, cancellation: cancellation);
        return extracted.Values.IsEmpty ? null : FeatureStatistics.Of(extracted.Values.Span, extracted.Length);
    }
}
