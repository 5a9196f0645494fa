using Graft.Networks;
using Graft.Training;
using Graft.Vision.Augmentation;

namespace Graft.Vision.FineTuning;

/// <summary>Replaces the running statistics of norms by those of the training pictures under the final weights.</summary>
internal static class TrainedStatistics
{
    // Beyond some thousand pictures the means do not change.
    private const int MostBatches = 100;

    /// <summary>The network with new statistics in the norms that were trained.</summary>
    public static Network Recompute(
        Network network, Phases phases, IReadOnlyList<ImageItem> items, int classes, Preprocessing preprocessing, FineTuneSettings settings, TrainingLoaderOptions options, CancellationToken cancellation)
    {
        if (network.Graph.Parameters.Values.All(parameter => !parameter.IsBuffer)) return network;
        TrainingLoader loader = new(items, classes, preprocessing, AugmentationOptions.None, options);
        HashSet<string> trained = [.. phases.Parts.SelectMany(part => part)];
        using TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = loader.LargestBatch, Threads = settings.Threads, Trainable = trained.Contains });
        PopulationStatistics.Recompute(plan, loader.Load(0, 1, cancellation: cancellation).Take(MostBatches), Fill, settings.Seed, cancellation: cancellation);
        return plan.ToNetwork();

        int Fill(TrainingBatch batch)
        {
            batch.Pixels.CopyTo(plan.Input().Span);
            return batch.Count;
        }
    }
}
