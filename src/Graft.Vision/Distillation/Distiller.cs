using System.Collections.Immutable;
using System.Globalization;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Quantization;
using Graft.Training;
using Graft.Vision.Features;
using Graft.Vision.Folders;

namespace Graft.Vision.Distillation;

/// <summary>
/// Trains a student network to give a teacher's features, or several teachers', block by block and in the end, and their class scores where they have them, on images without labels: a smaller model in place of a larger
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
    /// <exception cref="GraftException">The teacher has no features, or is quantized and no architecture is given.</exception>
    public static Network NewStudent(Model teacher, Architecture? architecture = null, ulong seed = 0) => NewStudent([new Teacher(teacher)], architecture, seed);

    /// <summary>A student with random weights for several teachers: a classifier of the classes of the first that has class scores; a trunk where none has.</summary>
    /// <param name="teachers">The teachers.</param>
    /// <param name="architecture">The student's architecture; null is the first teacher's.</param>
    /// <param name="seed">The seed of the weights.</param>
    /// <param name="inherits">Whether the student begins with the first teacher's weights, where both have weights of the same name and shape: for what its teacher is to become, not for what it is to be replaced by.</param>
    /// <exception cref="GraftException">There is no teacher, or the first has no features, or is quantized and no architecture is given or the student inherits.</exception>
    public static Network NewStudent(IReadOnlyList<Teacher> teachers, Architecture? architecture = null, ulong seed = 0, bool inherits = false)
    {
        RequireTeacher(teachers);
        Model teacher = teachers[0].Model;
        Graph theirs = teacher.Network.Graph;

        // Ranges are those of the teacher's values, and its weights are made for them.
        if (architecture is null || inherits) Quantize.RequireFloat(theirs, "A student that is like it, or inherits from it, is one of the model that it was made from: distill that. Or begin with another architecture: --student mobilenetv2_035.");
        Graph trunk = teacher.Network.Trunk().Graph;

        // The same pixels fall on the same places of a map only with the same padding.
        bool isSame = theirs.Nodes.Any(node => node.Operation is Conv2d { Stride: > 1, Padding.IsSame: true });
        if (architecture is not null) trunk = architecture.Trunk(new TrunkOptions { Resolution = teacher.Preprocessing.Resolution, SamePadding = isSame });
        Graph? head = teachers.FirstOrDefault(one => one.HasScores)?.Model.Network.Graph;
        Network student = Network.Random(head is not null ? trunk.WithHead(head.OutputShape(ClassifierHead.Logits)[1], dropout: 0) : trunk, seed);
        return inherits ? Inheritance.Of(student, teacher.Network) : student;
    }

    /// <summary>Trains a student.</summary>
    /// <param name="teacher">A model whose network has an output <c>features</c>.</param>
    /// <param name="student">A network with the same, such as <see cref="NewStudent(Model, Architecture, ulong)"/> makes; it takes images as the teacher does.</param>
    /// <param name="images">The images; labels are not looked at.</param>
    /// <param name="options">How; null is the defaults.</param>
    /// <param name="progress">Told what happens, on the thread of the training.</param>
    /// <param name="cancellation">Stops the training at the next layer of a step, which then has not been, after its state was kept.</param>
    /// <exception cref="TrainingStoppedException">A loss is not a number, or the state cannot be kept.</exception>
    /// <exception cref="GraftException">The images, a network or the checkpoint cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DistillResult Train(
        Model teacher, Network student, IReadOnlyList<ImageItem> images, DistillerOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        Train([new Teacher(teacher)], student, images, options, progress, cancellation);

    /// <summary>Trains a student of several teachers, which all see the same crops of the images, each normalized its own way.</summary>
    /// <param name="teachers">
    /// The teachers. Images are prepared as for the first, and the student's blocks are matched to its blocks where they are the same; of all, the features and class scores are learned. Of the class
    /// scores those that the student has itself, of the first teacher with as many, stay; others are learned through a head that is dropped in the end.
    /// </param>
    /// <param name="student">A network with features, such as <see cref="NewStudent(IReadOnlyList{Teacher}, Architecture, ulong, bool)"/> makes; it takes images as the first teacher does.</param>
    /// <param name="images">The images; labels are not looked at.</param>
    /// <param name="options">How; null is the defaults.</param>
    /// <param name="progress">Told what happens, on the thread of the training.</param>
    /// <param name="cancellation">Stops the training at the next layer of a step, which then has not been, after its state was kept.</param>
    /// <exception cref="TrainingStoppedException">A loss is not a number, or the state cannot be kept.</exception>
    /// <exception cref="GraftException">There is no teacher; the images, a network or the checkpoint cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DistillResult Train(
        IReadOnlyList<Teacher> teachers, Network student, IReadOnlyList<ImageItem> images, DistillerOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        RequireTeacher(teachers);
        options ??= new DistillerOptions();
        int side = teachers[0].Model.Preprocessing.Resolution;
        teachers = [.. teachers.Select(teacher => new Teacher(teacher.Model with { Network = teacher.Model.Network.WithInputSize(side, side) }, teacher.Weight))];
        student = student.WithInputSize(side, side);
        string[] keys = [.. teachers.Select(teacher => $"{FeatureExtractor.Key(teacher.Model.Network, teacher.Model.Preprocessing)} {Number(teacher.Weight)}")];
        TrainingCheckpoint kept = TrainingCheckpoint.Open(Kind, options, DistillJson.Default.DistillerOptions);
        DistillState state = kept.Exists ? kept.State(DistillJson.Default.DistillState) : Begin(images, options, keys);
        if (Enumerable.Range(0, Math.Max(keys.Length, state.Teachers.Length)).FirstOrDefault(i => keys.ElementAtOrDefault(i) != state.Teachers.ElementAtOrDefault(i), -1) is >= 0 and int other)
        {
            throw new GraftException(other >= keys.Length || other >= state.Teachers.Length
                ? $"A distillation goes on with the teachers that it began with: the checkpoint '{kept.Path}' is of {Amount.Of(state.Teachers.Length, "teacher")}, not {keys.Length}. Give the same teachers, or start the training again."
                : $"A distillation goes on with the teacher that it began with, and '{teachers[other].Model.Network.Graph.Architecture}' is not that of the checkpoint '{kept.Path}', or has other weights. Give the same teacher, or start the training again.");
        }

        if (kept.Exists) state = state with { Train = KeptImages.Find(state.Train, images), Judged = KeptImages.Find(state.Judged, images) };
        using DistillTask task = new(teachers, student, options, state);
        IReadOnlyList<TrainedEpoch> history = Trainer.Run(task, kept, progress, cancellation);
        return new DistillResult
        {
            Model = Finish(teachers, task, state, options),
            TrainImages = state.Train.Length,
            HeldOutImages = state.Judged.Length,
            History = history,
            Skipped = task.Skipped,
            Similarities = task.Similarities,
        };
    }

    private static void RequireTeacher(IReadOnlyList<Teacher> teachers)
    {
        ArgumentNullException.ThrowIfNull(teachers);
        if (teachers.Count == 0) throw new GraftException("A student learns from one teacher at least; the list is empty.");
    }

    private static DistillState Begin(IReadOnlyList<ImageItem> images, DistillerOptions options, string[] teachers)
    {
        if (images.Count == 0) throw new GraftException("A distillation takes one image at least; the list is empty.");
        RandomHoldout divided = RandomHoldout.Of(images, options.Holdout, DistillerOptions.MostJudged, options.Seed);
        return new DistillState
        {
            Teachers = teachers,
            Train = [.. divided.Rest.Order().Select(i => images[i] with { Label = 0 })],
            Judged = [.. divided.Held.Select(i => images[i] with { Label = 0 })],
            Skipped = [],
        };
    }

    private static Model Finish(IReadOnlyList<Teacher> teachers, DistillTask task, DistillState state, DistillerOptions options)
    {
        Dictionary<string, string> facts = new()
        {
            ["mode"] = "distill",
            ["teacher"] = string.Join(", ", teachers.Select(teacher => teacher.Model.Network.Graph.Architecture)),
            ["seed"] = Number(options.Seed),
            ["images"] = Number(state.Train.Length),
            ["epochs"] = Number(options.Epochs),
            ["learning_rate"] = Number(options.LearningRate),
        };
        for (int i = 0; i < task.Similarities.Count; i++) facts[DistillResult.Of(DistillResult.Cosine, i).Replace(' ', '_')] = Number(task.Similarities[i].Cosine);
        int classes = task.Student.Graph.Outputs.Any(output => output.Name == ClassifierHead.Logits) ? task.Student.Graph.OutputShape(ClassifierHead.Logits)[1] : 0;
        return new Model(task.Student)
        {
            Labels = teachers.FirstOrDefault(teacher => classes > 0 && teacher.HasScores && teacher.Model.Network.Graph.OutputShape(ClassifierHead.Logits)[1] == classes)?.Model.Labels ?? [],
            Preprocessing = teachers[0].Model.Preprocessing,
            Provenance = facts.ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
    }

    private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
