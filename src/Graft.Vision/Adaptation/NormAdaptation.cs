using Graft.Networks;
using Graft.Tensors;
using Graft.Training;
using Graft.Vision.FineTuning;
using Graft.Vision.Loading;

namespace Graft.Vision.Adaptation;

/// <summary>Batch normalizations' population statistics, taken again and mixed with the old.</summary>
/// <remarks>
/// Li et al. 2016, "Revisiting batch normalization for practical domain adaptation", arXiv:1603.04779 (all new); Schneider et al. 2020, "Improving robustness against common corruptions by covariate
/// shift adaptation", arXiv:2006.16971, equation 3 (mixed: the old statistics count as those of N images).
/// </remarks>
internal static class NormAdaptation
{
    private const string Mean = "running_mean", Variance = "running_var";

    /// <summary>The names of a network's batch normalizations with statistics, up to that of the statistic.</summary>
    private static string[] Norms(Network network) =>
        [.. network.Graph.Parameters.Where(parameter => parameter.Value.IsBuffer && parameter.Key.EndsWith(Mean, StringComparison.Ordinal)).Select(parameter => parameter.Key[..^Mean.Length])];

    /// <summary>Whether a network has statistics that say something.</summary>
    public static bool IsPossible(Network network) => Norms(network) is { Length: > 0 } norms && !norms.All(norm => SaysNothing(network, norm));

    /// <summary>Refuses networks without statistics that say something.</summary>
    public static void RequireStatistics(Network network)
    {
        const string Remedy = "Files that were made for inference have them folded into the convolutions: adapt the model that they were made of, or train it on images of the place.";
        if (Norms(network).Length == 0) throw new GraftException($"'{network.Graph.Architecture}' has no batch normalization whose statistics could be taken again. {Remedy}");
        if (!IsPossible(network)) throw new GraftException($"The batch normalizations of '{network.Graph.Architecture}' have means of 0 and variances of 1: they do nothing, and statistics would make them do something else. {Remedy}");
    }

    /// <summary>The network with means and variances between old and new.</summary>
    /// <param name="network">The network.</param>
    /// <param name="loader">The images.</param>
    /// <param name="part">The part of the new.</param>
    /// <param name="options">Seed and threads.</param>
    /// <param name="progress">Told of each batch.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static Network Adapt(Network network, TrainingLoader loader, Func<double> part, AdaptationOptions options, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        Network taken = TrainedStatistics.Recompute(network, loader, new TrainingOptions { Threads = options.Threads }, options.Seed, cancellation, progress);
        double share = part();
        Dictionary<string, Tensor> mixed = [];
        foreach (string name in Norms(network).SelectMany(norm => (string[])[norm + Mean, norm + Variance]))
        {
            Tensor before = network.Weights[name], now = taken.Weights[name];
            float[] values = new float[before.Span.Length];
            for (int i = 0; i < values.Length; i++) values[i] = (float)(((1 - share) * before.Span[i]) + (share * now.Span[i]));
            mixed[name] = new Tensor(before.Shape, values);
        }

        return network.WithWeights(mixed);
    }

    // Norms of networks that were folded keep their places at times, with means of 0 and variances of 1, or of 1 less their epsilon.
    private static bool SaysNothing(Network network, string norm)
    {
        const float Least = 0.99f, Most = 1.01f;
        return !network.Weights[norm + Mean].Span.ContainsAnyExcept(0) && network.Weights[norm + Variance].Span.IndexOfAnyExceptInRange(Least, Most) < 0;
    }
}
