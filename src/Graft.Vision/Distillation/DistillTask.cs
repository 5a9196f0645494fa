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
    private readonly Model teacher;
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
    private float[]? wanted;

    /// <summary>Prepares a training.</summary>
    /// <param name="teacher">The teacher.</param>
    /// <param name="student">The student as it begins, in the teacher's resolution.</param>
    /// <param name="options">The options.</param>
    /// <param name="state">The state that it begins or goes on with.</param>
    public DistillTask(Model teacher, Network student, DistillerOptions options, DistillState state)
    {
        (this.teacher, this.options, this.state) = (teacher, options, state);
        preprocessing = teacher.Preprocessing;
        skipped = [.. state.Skipped];
        pairing = DistillationGraph.Of(teacher.Network.Graph, student.Graph);
        phases = DistillPhase.Of(options, preprocessing.Resolution, pairing.CanGuide);
        heldOut = new ValidationImages(state.Judged, 1, preprocessing, options.Loading(options.Batch));
        loader = Loader(phases[0].Resolution, options.Augmentation);

        // Adapters begin at random like the rest.
        this.student = Network.Random(pairing.Student, options.Seed).WithWeights(student.Weights);
    }

    /// <summary>The trained student, without adapters.</summary>
    public Network Student => pairing.Plain(student);

    /// <summary>How alike the two are on the held-out images.</summary>
    public FeatureSimilarity? Similarity { get; private set; }

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
        begins with { TrainSamples = state.Train.Length, HeldOutSamples = state.Judged.Length, Remarks = [$"Matched: {string.Join(", ", pairing.Names.Select(pairing.Plain))}."] };

    public override void Begin(int epoch, long step, CancellationToken cancellation) => part = Compile(TrainingPhase.At(phases, epoch));

    public override IEnumerable<TrainingBatch> Batches(int epoch, int first, CancellationToken cancellation)
    {
        part!.Teacher.Cancellation = cancellation;
        return loader.Load(epoch, epoch + 1, first, cancellation);
    }

    public override (long Step, int Count) Place(TrainingBatch batch) => (((long)batch.Epoch * BatchesPerEpoch) + batch.Index, batch.Count);

    public override double Rate(long step) => new OneCycle(options.LearningRate, Steps) { RisingPart = 0.1 }.Rate(step);

    public override double Loss(TrainingBatch batch, long step) => part!.Loss(batch, options.Seed, step);

    public override TrainedEpoch EndEpoch(TrainedEpoch epoch, CancellationToken cancellation)
    {
        FeatureSimilarity? similarity = Measure(pairing.Plain(part!.AveragedStudent), cancellation);
        if (TrainingPhase.At(phases, epoch.Epoch) is var next && next != TrainingPhase.At(phases, epoch.Epoch - 1)) Enter(next, cancellation);
        return epoch.With((TrainedEpoch.HeldOutLoss, 1 - similarity?.Cosine), (DistillResult.Cosine, similarity?.Cosine), (DistillResult.Unexplained, similarity?.Unexplained));
    }

    public override void Finish(CancellationToken cancellation)
    {
        student = part!.AveragedStudent;
        if (!phases[^1].IsSettled) student = WithStatistics(student, cancellation);
        Similarity = Measure(Student, cancellation);
    }

    public override void Dispose() => part?.Dispose();

    private TrainingLoader Loader(int side, AugmentationOptions augmentation) => new(state.Train, 1, preprocessing with { Resolution = side }, augmentation, options.Loading(options.Batch));

    private DistillPart Compile(DistillPhase phase)
    {
        int side = phase.Resolution;
        Network small = student.WithInputSize(side, side), taught = teacher.Network.WithInputSize(side, side);
        loader = Loader(side, options.Augmentation);
        return new DistillPart(taught, small, DistillationGraph.Of(taught.Graph, pairing.Plain(small).Graph), phase, options, loader.LargestBatch);
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

    /// <summary>How alike a student's features are to the teacher's; null where there is nothing to judge by, or the student has other features. The teacher looks at the images once.</summary>
    private FeatureSimilarity? Measure(Network network, CancellationToken cancellation)
    {
        int length = teacher.Network.Graph.OutputShape(ClassifierHead.Features)[1];
        if (heldOut.IsEmpty || network.Graph.OutputShape(ClassifierHead.Features)[1] != length) return null;
        wanted ??= Features(teacher.Network);
        return wanted.Length == 0 ? null : FeatureSimilarity.Of(Features(network), wanted, length);

        float[] Features(Network of)
        {
            int side = preprocessing.Resolution;
            return heldOut.Run(of.Truncate(ClassifierHead.Features).WithInputSize(side, side), ClassifierHead.Features, cancellation).Rows;
        }
    }
}
