using System.Collections.Immutable;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Training.Optimizers;
using Graft.Vision.Augmentation;
using Graft.Vision.Features;
using Graft.Vision.FineTuning;
using Graft.Vision.Folders;
using Graft.Vision.Loading;
using Graft.Vision.Tasks;

namespace Graft.Vision.Pruning;

/// <summary>What is left of a model to be trained.</summary>
/// <param name="State">The images, and the channels that stay.</param>
/// <param name="Network">The network with these channels, as it begins.</param>
internal sealed record PruneStart(PruneState State, Network Network)
{
    // The mean of so many squares is within a few percent; more would take as long as an epoch.
    private const int MostScored = 50;

    /// <summary>Judges the channels and chooses.</summary>
    /// <param name="model">The model, its network at the images' resolution.</param>
    /// <param name="images">The images, with the model's labels.</param>
    /// <param name="validation">Images to judge by; null holds out a part.</param>
    /// <param name="task">What the labels are.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told what happens.</param>
    /// <param name="cancellation">Stops it.</param>
    public static PruneStart Fresh(Model model, ImageFolder images, ImageFolder? validation, TaskTraining task, PrunerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        Network network = model.Network;
        ChannelGroups groups = ChannelGroups.Of(network.Graph);
        ImageSplit? split = validation is null ? images.Split(options.Holdout, options.Seed, FileContents.Of(images.Items, options.Limits, options.Parallel(cancellation))) : null;
        ImageItem[] train = [.. split?.Training ?? images.Items], judged = [.. split?.Validation ?? validation!.Items];
        if (train.Length == 0) throw new GraftException($"There is no image to learn from in '{images.Path}'.");
        task.Prepare(train);
        TrainingLoader loader = new(train, images.Classes.Count, model.Preprocessing, AugmentationOptions.None, options.Loading(options.Batch));
        Dictionary<string, double[]> scores = options.Score == PruningScore.BatchNorm ? ChannelScores.OfNorms(network, groups) : Taylor();
        if (scores.Count == 0)
            throw new GraftException($"'{network.Graph.Architecture}' has no normalization with scales on channels that can be taken away, and by these they were to be judged. Judge them by gradients: --score taylor, {nameof(PruningScore)}.{nameof(PruningScore.Taylor)} in code.");
        double? before = null, after = null;
        Dictionary<string, ImmutableArray<int>> kept;
        if (options.Milliseconds is { } milliseconds) (kept, before, after) = ByTime(network, groups, scores, milliseconds, progress, cancellation);
        else kept = ByMultiplyAdds(network.Graph, groups, scores, PruningBudget.MultiplyAddsOf(options, network.Graph));
        Network pruned = network.KeepingChannels(groups, kept);
        if (options.BatchStatistics) pruned = TrainedStatistics.Recompute(pruned, loader, new TrainingOptions { Threads = options.Threads }, options.Seed, cancellation, new Part("Taking statistics", progress));
        return new PruneStart(
            new PruneState
            {
                Model = FeatureExtractor.Key(network, model.Preprocessing),
                Train = train,
                Judged = judged,
                Kept = kept.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray()),
                MillisecondsBefore = before,
                Milliseconds = after,
                Scales = options.LearningRate is null ? new(WeightScales.Of(pruned)) : null,
                Skipped = [.. images.Skipped, .. validation?.Skipped ?? [], .. loader.Skipped],
                Notices = [.. task.Notices],
            },
            pruned);

        Dictionary<string, double[]> Taylor()
        {
            Loss loss = task.LossOf(new FineTunerOptions { LabelSmoothing = 0 }, train);
            int batches = Math.Min(MostScored, loader.BatchesPerEpoch);
            Part part = new("Judging channels", progress);
            return ChannelScores.OfGradients(network, groups, loader.Load(0, 1, cancellation: cancellation).Take(batches), loader.LargestBatch, Gradient, options.Threads, cancellation);

            void Gradient(TrainingPlan plan, TrainingBatch batch)
            {
                loss.Compute(plan.Output(), PruneTask.TargetsOf(batch), batch.Count, plan.OutputGradient());
                part.Report(new Completion(batch.Index + 1, batches));
            }
        }
    }

    /// <summary>Goes on from a checkpoint: the network has the weights that it began with.</summary>
    /// <exception cref="GraftException">It is of another model or of other images, or cannot be read.</exception>
    public static PruneStart Resumed(TrainingCheckpoint kept, Model model, ImageFolder images, ImageFolder? validation, TaskTraining task)
    {
        PruneState state = kept.State(PruneJson.Default.PruneState);
        if (state.Model != FeatureExtractor.Key(model.Network, model.Preprocessing))
            throw new GraftException($"A pruning goes on with the model that it began with, and '{model.Network.Graph.Architecture}' is not that of the checkpoint '{kept.Path}', or has other weights. Give the same model, or start again.");
        KeptImages.RequireSame(kept.Path!, state.Train.Concat(state.Judged), state.Skipped, [.. images.Items, .. validation?.Items ?? []]);
        state = state with { Train = KeptImages.Find(state.Train, images.Items), Judged = KeptImages.Find(state.Judged, (validation ?? images).Items) };
        task.Prepare(state.Train);
        return new PruneStart(state, model.Network.KeepingChannels(ChannelGroups.Of(model.Network.Graph), state.Kept.ToDictionary(pair => pair.Key, pair => pair.Value.ToImmutableArray())));
    }

    private static Dictionary<string, ImmutableArray<int>> ByMultiplyAdds(Graph graph, ChannelGroups groups, Dictionary<string, double[]> scores, double budget)
    {
        PruningCost cost = MultiplyAddsCost.Of(graph, groups);
        return ChannelChoice.Of(groups, scores, cost, budget) ?? throw PruningBudget.Unreachable(PruningBudget.Products(budget), PruningBudget.Products(ChannelChoice.Least(groups, scores, cost)));
    }

    /// <summary>Chooses by measured times, and measures what was chosen: where that is over the budget, what steps were thought to take is scaled to what they took.</summary>
    private static (Dictionary<string, ImmutableArray<int>> Kept, double Before, double After) ByTime(
        Network network, ChannelGroups groups, Dictionary<string, double[]> scores, double budget, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        double before = LatencyCost.MillisecondsOf(network, cancellation);
        if (budget >= before) throw PruningBudget.TooMuch(PruningBudget.Time(budget), $"{PruningBudget.Time(before)} on one thread of this machine");
        PruningCost cost = LatencyCost.Measure(network, groups, new Part("Measuring layers", progress), cancellation);
        (Dictionary<string, ImmutableArray<int>> kept, double after) = Within(groups, scores, cost, before, budget, chosen => LatencyCost.MillisecondsOf(network.KeepingChannels(groups, chosen), cancellation));
        return (kept, before, after);
    }

    /// <summary>Channels with which the network was measured to be within a budget of milliseconds.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="scores">What each channel is worth.</param>
    /// <param name="cost">What steps were thought to take.</param>
    /// <param name="before">The milliseconds of the whole network.</param>
    /// <param name="budget">The milliseconds that it may take.</param>
    /// <param name="measure">The milliseconds with some channels.</param>
    /// <exception cref="PruningBudgetException">The budget cannot be reached, or was not.</exception>
    internal static (Dictionary<string, ImmutableArray<int>> Kept, double Milliseconds) Within(
        ChannelGroups groups, IReadOnlyDictionary<string, double[]> scores, PruningCost cost, double before, double budget, Func<Dictionary<string, ImmutableArray<int>>, double> measure)
    {
        const int MostTries = 6;
        double whole = cost.Of([.. groups.Groups.Select(group => group.Channels)]), scale = whole / before, after = 0;
        int tries = 0;
        while (tries < MostTries && ChannelChoice.Of(groups, scores, cost, budget * scale) is { } kept)
        {
            after = measure(kept);
            if (after <= budget) return (kept, after);
            scale *= 0.99 * budget / after;
            tries++;
        }

        throw tries == 0 ? PruningBudget.Unreachable(PruningBudget.Time(budget), PruningBudget.Time(ChannelChoice.Least(groups, scores, cost) / whole * before)) : PruningBudget.Missed(budget, after, tries);
    }

    /// <summary>Tells of a part of the beginning.</summary>
    private sealed class Part(string name, IProgress<TrainingProgress>? progress) : IProgress<Completion>
    {
        public void Report(Completion value) => progress?.Report(new PartProgress(name, value));
    }
}
