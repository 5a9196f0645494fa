using System.Collections.Immutable;
using System.Globalization;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Training;
using Graft.Vision.FineTuning;
using Graft.Vision.Tasks;

namespace Graft.Vision.Pruning;

/// <summary>
/// Makes a classifier smaller and faster: whole channels are taken away, those that are worth least for what they cost, and what is left is trained with the unpruned model as its teacher. The result is a plain network.
/// </summary>
public static class Pruner
{
    /// <summary>What checkpoints call it.</summary>
    public const string Kind = "prune";

    /// <summary>Prunes a model.</summary>
    /// <param name="model">A model of classes or of labels.</param>
    /// <param name="images">Images with the model's labels, to judge channels by and to learn from.</param>
    /// <param name="options">The budget, and how.</param>
    /// <param name="progress">Told what happens, on the thread of the training.</param>
    /// <param name="cancellation">Stops the training at the next layer of a step, which then has not been, after its state was kept.</param>
    /// <exception cref="PruningBudgetException">There is no budget or both, or it is no less than the model takes, or less than what is left of it can.</exception>
    /// <exception cref="TrainingStoppedException">A loss is not a number, or the state cannot be kept.</exception>
    /// <exception cref="GraftException">The model, the images or the checkpoint cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static PruneResult Prune(Model model, ImageDataset images, PrunerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        PruneResult result = Prune(model, images.Sets.Train, images.Sets.Validation, options, progress, cancellation);
        GC.KeepAlive(images);
        return result;
    }

    /// <summary>The same by folders.</summary>
    internal static PruneResult Prune(Model model, ImageFolder images, ImageFolder? validation, PrunerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        PruningBudget.Require(options, model);
        int side = model.Preprocessing.Resolution;
        model = model with { Network = model.Network.WithInputSize(side, side) };
        images = Labelled(model, images);
        validation = validation is null ? null : Labelled(model, validation);
        TaskTraining task = TaskTraining.Of(images);
        TrainingCheckpoint kept = TrainingCheckpoint.Open(Kind, options, PruneJson.Default.PrunerOptions);
        PruneStart start = kept.Exists
            ? PruneStart.Resumed(kept, model, images, validation, task)
            : PruneStart.Fresh(model, images, validation, task, options, progress, cancellation);
        using PruneTask training = new(model, images.Classes.Count, task, options, start);
        IReadOnlyList<TrainedEpoch> history = Trainer.Run(training, kept, progress, cancellation);
        return Finish(model, task, options, start, training, history, cancellation);
    }

    private static PruneResult Finish(Model model, TaskTraining task, PrunerOptions options, PruneStart start, PruneTask training, IReadOnlyList<TrainedEpoch> history, CancellationToken cancellation)
    {
        PruneState state = start.State;
        ValidationResult? judged = training.JudgeFinally(training.Network, cancellation);
        Network network = judged is null ? training.Network : Finishing.Tempered(training.Network, judged.Temperature);
        long before = new NetworkSummary(model.Network.Graph).MultiplyAdds, now = new NetworkSummary(network.Graph).MultiplyAdds;
        Dictionary<string, string> facts = new()
        {
            ["pruned_from_multiply_adds"] = Number(before),
            ["pruned_score"] = options.Score == PruningScore.BatchNorm ? "bn" : "taylor",
            ["pruned_epochs"] = Number(history.Count),
            ["pruned_images"] = Number(state.Train.Length),
            ["pruned_seed"] = Number(options.Seed),
        };
        if (judged is not null) facts[$"val_{judged.Judgement.ScoreName}"] = Number(judged.Judgement.Score);
        Model pruned = model with { Network = Named(network), Provenance = model.Provenance.SetItems(facts) };
        return new PruneResult
        {
            Model = task.Complete(pruned with { FeatureStatistics = HasFeatures(model) ? Finishing.StatisticsOf(pruned, state.Train, options.Threads, options.Limits, cancellation) : null }, judged),
            TrainImages = state.Train.Length,
            HeldOutImages = state.Judged.Length,
            History = history,
            Skipped = training.Skipped,
            Notices = state.Notices,
            Judgement = judged?.Judgement,
            Before = training.JudgeFinally(model.Network, cancellation)?.Judgement,
            MultiplyAddsBefore = before,
            MultiplyAdds = now,
            MillisecondsBefore = state.MillisecondsBefore,
            Milliseconds = state.Milliseconds,
            Channels = [.. ChannelGroups.Of(model.Network.Graph).Groups.Where(group => state.Kept.ContainsKey(group.Name)).Select(group => new PrunedChannels(group.Name, group.Channels, state.Kept[group.Name].Length))],
        };
    }

    /// <summary>Images whose labels are the model's.</summary>
    private static ImageFolder Labelled(Model model, ImageFolder images)
    {
        if (images.Task != model.Task) throw new GraftException($"'{images.Path}' has {TaskNames.Kinds(images.Task)}, and the model {TaskNames.Kinds(model.Task)}. Give images that are labelled as the model's were.");
        ImmutableArray<string> labels = ImageClassifier.LabelsOf(model, model.Network.Graph.OutputShape(ClassifierHead.Logits)[1]);
        (ImageItem[] items, _) = ImageTask.Of(model.Task).Relabel(images, labels);
        return new ImageFolder(images.Path, labels, items, images.Skipped, images.OtherFiles) { Task = images.Task, IsList = images.IsList, AreColumns = images.AreColumns };
    }

    /// <summary>The network under a name that says that it is not its architecture any more.</summary>
    private static Network Named(Network network)
    {
        const string Suffix = "_pruned";
        Graph graph = network.Graph;
        return graph.Architecture.EndsWith(Suffix, StringComparison.Ordinal) ? network : network.WithGraph(new Graph(graph.Architecture + Suffix, graph.Inputs, graph.Nodes, graph.Outputs));
    }

    private static bool HasFeatures(Model model) => model.FeatureStatistics is not null && model.Network.Graph.Outputs.Any(output => output.Name == ClassifierHead.Features);

    private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
