using Graft.Networks;
using Graft.Training;
using Graft.Vision.Augmentation;

namespace Graft.Vision.FineTuning;

/// <summary>Replaces the running statistics of norms by those of the training pictures under the final weights.</summary>
/// <remarks>Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 2, steps 8 to 12: the means over batches of their means and unbiased variances.</remarks>
internal static class PopulationStatistics
{
    // Beyond some thousand pictures the means do not change.
    private const int MostBatches = 100;

    /// <summary>The network with new statistics in the norms that were trained.</summary>
    public static Network Recompute(
        Network network, Phases phases, IReadOnlyList<ImageItem> items, int classes, Preprocessing preprocessing, FineTuneSettings settings, TrainingLoaderOptions options, CancellationToken cancellation)
    {
        TrainingLoader loader = new(items, classes, preprocessing, AugmentationOptions.None, options);
        HashSet<string> trained = [.. phases.Parts.SelectMany(part => part)];
        using TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = loader.LargestBatch, Threads = settings.Threads, Trainable = trained.Contains });
        int t = 0;
        foreach (TrainingBatch batch in loader.Load(0, 1, cancellation: cancellation).Take(MostBatches))
        {
            batch.Pixels.CopyTo(plan.Input().Span);
            plan.StatisticsMomentum = 1f / (++t);
            plan.Forward(batch.Count, settings.Seed, (ulong)t);
        }

        return plan.ToNetwork();
    }
}
