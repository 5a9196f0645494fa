using Graft.Networks;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Optimizers;
using Graft.Vision.Loading;

namespace Graft.Vision.FineTuning;

/// <summary>The running statistics of norms that a training moves.</summary>
internal static class TrainedStatistics
{
    // The momentum that came with a trunk may suit a training of a million steps: Keras' 0.001 would hardly move in one of hundreds.
    public const float Momentum = 0.1f;

    // Beyond some thousand images the means do not change.
    private const int MostBatches = 100;

    /// <summary>Whether the statistics of every norm are those that it begins with: nothing was ever learned.</summary>
    public static bool AreNew(Network network)
    {
        Node[] norms = [.. network.Graph.Nodes.Where(node => node.Operation is BatchStatisticsNorm { Statistics: not RunningStatistics.None })];
        return norms.Length > 0 && norms.All(node => !network.Weight(node, "running_mean").Span.ContainsAnyExcept(0) && !network.Weight(node, "running_var").Span.ContainsAnyExcept(1) && !HasBias(node));

        // Norms that others were folded into, as files made for inference have them, have the statistics of new ones.
        bool HasBias(Node node) => network.Weights.TryGetValue(node.WeightName("bias"), out Tensor? bias) && bias.Span.ContainsAnyExcept(0);
    }

    /// <summary>The average of all that a plan changes.</summary>
    public static WeightAverage Average(TrainingPlan plan, bool statisticsMove, WeightAverageOptions options, int threads) => new(
        [.. plan.Weights.Select(weight => KeyValuePair.Create(weight.Name, weight.Value)), .. statisticsMove ? plan.Buffers : (IEnumerable<KeyValuePair<string, Tensor>>)[]], options, threads);

    /// <summary>The network with the statistics of all images: the means over batches of their means and unbiased variances (arXiv:1502.03167, algorithm 2).</summary>
    /// <param name="network">The network, at the resolution of the images.</param>
    /// <param name="loader">The images as they will be seen.</param>
    /// <param name="options">What was trained, and the threads.</param>
    /// <param name="seed">The seed of what is random in a forward.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="progress">Told of each batch.</param>
    public static Network Recompute(Network network, TrainingLoader loader, TrainingOptions options, ulong seed, CancellationToken cancellation, IProgress<Completion>? progress = null)
    {
        if (network.Graph.Parameters.Values.All(parameter => !parameter.IsBuffer)) return network;
        using TrainingPlan plan = TrainingPlan.Compile(network, options with { Batch = loader.LargestBatch });
        PopulationStatistics.Recompute(plan, loader.Load(0, 1, cancellation: cancellation).Take(MostBatches), Fill, seed, cancellation: cancellation);
        return plan.ToNetwork();

        int Fill(TrainingBatch batch)
        {
            progress?.Report(new Completion(batch.Index + 1, Math.Min(loader.BatchesPerEpoch, MostBatches)));
            plan.SetInput(batch.Pixels);
            return batch.Count;
        }
    }
}
