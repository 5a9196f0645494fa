using System.Text.Json;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Training;
using Graft.Training.Schedules;
using Graft.Vision.Augmentation;
using Graft.Vision.Evaluating;
using Graft.Vision.FineTuning;
using Graft.Vision.Loading;

namespace Graft.Vision.Distillation;

/// <summary>Distillation: a student learns a teacher's values, guided, small and settled in turn, judged by how alike their features are on held-out images.</summary>
internal sealed class DistillTask : TrainingTask<TrainingBatch>
{
    private readonly IReadOnlyList<Teacher> teachers;
    private readonly DistillerOptions options;
    private readonly DistillState state;
    private readonly DistillPhase[] phases;
    private readonly ValidationImages heldOut;
    private readonly Preprocessing preprocessing;
    private readonly HashSet<SkippedImage> skipped;
    private readonly DistillationGraph pairing;
    private TrainingLoader loader;
    private DistillPart? part;
    private Network student;
    private float[][]? wanted;

    /// <summary>Prepares a training.</summary>
    /// <param name="teachers">The teachers.</param>
    /// <param name="student">The student as it begins, in the first teacher's resolution, as they are.</param>
    /// <param name="options">The options.</param>
    /// <param name="state">The state that it begins or goes on with.</param>
    public DistillTask(IReadOnlyList<Teacher> teachers, Network student, DistillerOptions options, DistillState state)
    {
        (this.teachers, this.options, this.state) = (teachers, options, state);
        preprocessing = teachers[0].Model.Preprocessing;
        skipped = [.. state.Skipped];
        pairing = Paired(student.Graph, preprocessing.Resolution);
        phases = DistillPhase.Of(options, preprocessing.Resolution, pairing.CanGuide);
        heldOut = HeldOut(preprocessing);
        loader = Loader(phases[0].Resolution, options.Augmentation);

        // Adapters begin at random like the rest.
        this.student = Network.Random(pairing.Student, options.Seed).WithWeights(student.Weights);
    }

    /// <summary>The trained student, without adapters.</summary>
    public Network Student => pairing.Plain(student);

    /// <summary>How alike its features are to each teacher's on the held-out images; empty where none are.</summary>
    public IReadOnlyList<FeatureSimilarity> Similarities { get; private set; } = [];

    /// <summary>The images that could not be used.</summary>
    public IReadOnlyList<SkippedImage> Skipped => [.. skipped.Concat(loader.Skipped).DistinctBy(s => s.Path)];

    public override Learner Learner => part!.Learner;

    public override int Epochs => options.Epochs;

    public override IReadOnlyList<TrainingPhase> Phases => phases;

    public override int BatchesPerEpoch => loader.BatchesPerEpoch;

    public override string Remedy => $"A lower learning rate than {options.LearningRate} usually helps.";

    public override string State
    {
        get
        {
            state.Skipped = [.. Skipped];
            return JsonSerializer.Serialize(state, DistillJson.Default.DistillState);
        }
    }

    public override TrainingBegins Begins(TrainingBegins begins) =>
        begins with { TrainSamples = state.Train.Length, HeldOutSamples = state.Judged.Length, Remarks = [.. pairing.Teachers.Select((teacher, i) => $"Matched{(pairing.Teachers.Length > 1 ? $" of teacher {i + 1}, {teacher.Graph.Architecture}" : "")}: {string.Join(", ", teacher.Matches.Select(match => match.Name))}.")] };

    public override void Begin(int epoch, long step, CancellationToken cancellation) => part = Compile(TrainingPhase.At(phases, epoch));

    public override IEnumerable<TrainingBatch> Batches(int epoch, int first, CancellationToken cancellation)
    {
        part!.StopBy(cancellation);
        return loader.Load(epoch, epoch + 1, first, cancellation);
    }

    public override (long Step, int Count) Place(TrainingBatch batch) => (((long)batch.Epoch * BatchesPerEpoch) + batch.Index, batch.Count);

    public override double Rate(long step) => new OneCycle(options.LearningRate, Steps) { RisingPart = 0.1 }.Rate(step);

    public override double Loss(TrainingBatch batch, long step) => part!.Loss(batch, options.Seed, step);

    public override TrainedEpoch EndEpoch(TrainedEpoch epoch, CancellationToken cancellation)
    {
        IReadOnlyList<FeatureSimilarity> similarities = Measure(part!.AveragedStudent, cancellation);
        if (TrainingPhase.At(phases, epoch.Epoch) is var next && next != TrainingPhase.At(phases, epoch.Epoch - 1)) Enter(next, cancellation);
        return epoch.With(
            [
                (TrainedEpoch.HeldOutLoss, similarities.Count > 0 ? 1 - similarities[0].Cosine : null),
                .. similarities.SelectMany((similarity, i) => new (string, double?)[] { (DistillResult.Of(DistillResult.Cosine, i), similarity.Cosine), (DistillResult.Of(DistillResult.Unexplained, i), similarity.Unexplained) }),
            ]);
    }

    public override void Finish(CancellationToken cancellation)
    {
        student = part!.AveragedStudent;
        if (!phases[^1].IsSettled) student = WithStatistics(student, cancellation);
        Similarities = Measure(student, cancellation);
    }

    public override void Dispose() => part?.Dispose();

    private TrainingLoader Loader(int side, AugmentationOptions augmentation) => new(state.Train, 1, preprocessing with { Resolution = side }, augmentation, options.Loading(options.Batch));

    private DistillPart Compile(DistillPhase phase)
    {
        int side = phase.Resolution;
        Network small = student.WithInputSize(side, side);
        loader = Loader(side, options.Augmentation);
        return new DistillPart(teachers, small, Paired(pairing.Plain(small).Graph, side), phase, options, loader.LargestBatch);
    }

    private void Enter(DistillPhase phase, CancellationToken cancellation)
    {
        using DistillPart earlier = part!;
        student = phase.IsSettled ? WithStatistics(earlier.AveragedStudent, cancellation) : earlier.Student;
        skipped.UnionWith(loader.Skipped);
        part = Compile(phase);
        part.Learner.Continue(earlier.Learner, keepsAverage: !phase.IsSettled);
    }

    /// <summary>The student with the statistics of all images as they will be seen.</summary>
    private Network WithStatistics(Network network, CancellationToken cancellation)
    {
        int side = preprocessing.Resolution;
        return TrainedStatistics.Recompute(network.WithInputSize(side, side), Loader(side, AugmentationOptions.None), new TrainingOptions { Threads = options.Threads }, options.Seed, cancellation);
    }

    /// <summary>How alike the student's features are to each teacher's, through their adapters; empty where there is nothing to judge by. The teachers look at the images once.</summary>
    private IReadOnlyList<FeatureSimilarity> Measure(Network network, CancellationToken cancellation)
    {
        if (heldOut.IsEmpty) return [];
        int side = preprocessing.Resolution;
        network = network.WithInputSize(side, side);
        wanted ??= [.. teachers.Select(teacher => HeldOut(AsFor(teacher)).Run(teacher.Model.Network.Truncate(ClassifierHead.Features).WithInputSize(side, side), ClassifierHead.Features, cancellation).Rows)];
        return wanted[0].Length == 0 ? [] : [.. pairing.Teachers.Select((teacher, i) => FeatureSimilarity.Of(
            heldOut.Run(network.Truncate(teacher.Features), teacher.Features, cancellation).Rows, wanted[i], teacher.Graph.OutputShape(teacher.Features)[1]))];
    }

    private DistillationGraph Paired(Graph graph, int side) => DistillationGraph.Of([.. teachers.Select(teacher => teacher.Model.Network.WithInputSize(side, side).Graph)], graph, lateOnly: options.Appearance is not null);

    private ValidationImages HeldOut(Preprocessing prepared) => new(state.Judged, 1, prepared, options.Loading(options.Batch));

    /// <summary>The student's preprocessing with a teacher's normalization.</summary>
    private Preprocessing AsFor(Teacher teacher) => preprocessing with { Mean = teacher.Model.Preprocessing.Mean, StandardDeviation = teacher.Model.Preprocessing.StandardDeviation };
}
