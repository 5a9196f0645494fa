using System.Collections.Immutable;
using System.Globalization;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Numerics;
using Graft.Operations;
using Graft.Training;
using Graft.Vision.Features;
using Graft.Vision.Folders;

namespace Graft.Vision.Distillation;

/// <summary>
/// Trains a student network to give a teacher's features, block by block and in the end, and its class scores where it has them, on images without labels: a smaller model in place of a larger
/// one, or one of your own in place of another's.
/// </summary>
public static class Distiller
{
    /// <summary>What checkpoints call it.</summary>
    public const string Kind = "distill";

    /// <summary>A student with random weights for a teacher: a classifier where the teacher is one, else a trunk.</summary>
    /// <param name="teacher">The teacher.</param>
    /// <param name="architecture">The student's architecture; null is the teacher's own.</param>
    /// <param name="seed">The seed of the weights.</param>
    /// <exception cref="GraftException">The teacher has no features.</exception>
    public static Network NewStudent(Model teacher, Architecture? architecture = null, ulong seed = 0)
    {
        Graph theirs = teacher.Network.Graph;
        Graph trunk = teacher.Network.Trunk().Graph;

        // The same pixels fall on the same places of a map only with the same padding.
        bool isSame = theirs.Nodes.Any(node => node.Operation is Conv2d { Stride: > 1, Padding.IsSame: true });
        if (architecture is not null) trunk = architecture.Trunk(new TrunkOptions { Resolution = teacher.Preprocessing.Resolution, SamePadding = isSame });
        return Network.Random(HasScores(theirs) ? trunk.WithHead(theirs.OutputShape(ClassifierHead.Logits)[1], dropout: 0) : trunk, seed);
    }

    /// <summary>Trains a student.</summary>
    /// <param name="teacher">A model whose network has an output <c>features</c>.</param>
    /// <param name="student">A network with the same, such as <see cref="NewStudent"/> makes; it takes images as the teacher does.</param>
    /// <param name="images">The images; labels are not looked at.</param>
    /// <param name="options">How; null is the defaults.</param>
    /// <param name="progress">Told what happens, on the thread of the training.</param>
    /// <param name="cancellation">Stops the training at the next layer of a step, which then has not been, after its state was kept.</param>
    /// <exception cref="TrainingStoppedException">A loss is not a number, or the state cannot be kept.</exception>
    /// <exception cref="GraftException">The images, a network or the checkpoint cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DistillResult Train(
        Model teacher, Network student, IReadOnlyList<ImageItem> images, DistillerOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new DistillerOptions();
        int side = teacher.Preprocessing.Resolution;
        teacher = teacher with { Network = teacher.Network.WithInputSize(side, side) };
        student = student.WithInputSize(side, side);
        string key = FeatureExtractor.Key(teacher.Network, teacher.Preprocessing);
        TrainingCheckpoint kept = TrainingCheckpoint.Open(Kind, options, DistillJson.Default.DistillerOptions);
        DistillState state = kept.Exists ? kept.State(DistillJson.Default.DistillState) : Begin(images, options, key);
        if (state.Teacher != key)
            throw new GraftException($"A distillation goes on with the teacher that it began with, and '{teacher.Network.Graph.Architecture}' is not that of the checkpoint '{kept.Path}', or has other weights. Give the same teacher, or start the training again.");
        if (kept.Exists) state = state with { Train = KeptImages.Find(state.Train, images), Judged = KeptImages.Find(state.Judged, images) };
        using DistillTask task = new(teacher, student, options, state);
        IReadOnlyList<TrainedEpoch> history = Trainer.Run(task, kept, progress, cancellation);
        return new DistillResult { Model = Finish(teacher, task, state, options), TrainImages = state.Train.Length, HeldOutImages = state.Judged.Length, History = history, Skipped = task.Skipped, Similarity = task.Similarity };
    }

    private static bool HasScores(Graph graph) => graph.Outputs.Any(output => output.Name == ClassifierHead.Logits);

    private static DistillState Begin(IReadOnlyList<ImageItem> images, DistillerOptions options, string teacher)
    {
        int judged = Math.Min(Math.Min((int)Math.Round(options.Holdout * images.Count), DistillerOptions.MostJudged), images.Count - 1);
        if (images.Count == 0) throw new GraftException("A distillation takes one image at least; the list is empty.");
        int[] order = [.. Enumerable.Range(0, images.Count)];
        new Philox(options.Seed, (ulong)images.Count).Shuffle(order.AsSpan());
        return new DistillState
        {
            Teacher = teacher,
            Train = [.. order.Skip(judged).Order().Select(i => images[i] with { Label = 0 })],
            Judged = [.. order.Take(judged).Order().Select(i => images[i] with { Label = 0 })],
            Skipped = [],
        };
    }

    private static Model Finish(Model teacher, DistillTask task, DistillState state, DistillerOptions options)
    {
        Dictionary<string, string> facts = new()
        {
            ["mode"] = "distill",
            ["teacher"] = teacher.Network.Graph.Architecture,
            ["seed"] = Number(options.Seed),
            ["images"] = Number(state.Train.Length),
            ["epochs"] = Number(options.Epochs),
            ["learning_rate"] = Number(options.LearningRate),
        };
        if (task.Similarity is { } similarity) facts["cosine"] = Number(similarity.Cosine);
        return new Model(task.Student)
        {
            Labels = HasScores(task.Student.Graph) ? teacher.Labels : [],
            Preprocessing = teacher.Preprocessing,
            Provenance = facts.ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
    }

    private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
