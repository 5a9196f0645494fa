using System.Text.Json;
using Graft.Inference;
using Graft.Networks;
using Graft.Readouts;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Training.Schedules;
using Graft.Vision.Augmentation;
using Graft.Vision.Evaluating;
using Graft.Vision.FineTuning;
using Graft.Vision.Loading;
using Graft.Vision.Tasks;

namespace Graft.Vision.Pruning;

/// <summary>What follows a pruning: what is left learns from the labels and from what the unpruned model says of the same pixels (Hinton et al. 2015, arXiv:1503.02531).</summary>
internal sealed class PruneTask : TrainingTask<TrainingBatch>
{
    private readonly Model model;
    private readonly TaskTraining task;
    private readonly PrunerOptions options;
    private readonly PruneState state;
    private readonly Network start;
    private readonly FineTuneSettings settings;
    private readonly TrainingLoader loader;
    private readonly ValidationImages heldOut;
    private readonly int classes;
    private readonly InferenceSession teacher;
    private readonly Loss taught;
    private Learner? learner;
    private float[] wanted = [], gradient = [];

    /// <summary>Prepares the training.</summary>
    /// <param name="model">The unpruned model, its network at the images' resolution.</param>
    /// <param name="classes">The number of classes or labels.</param>
    /// <param name="task">What the labels are.</param>
    /// <param name="options">How.</param>
    /// <param name="start">What it begins with.</param>
    public PruneTask(Model model, int classes, TaskTraining task, PrunerOptions options, PruneStart start)
    {
        (this.model, this.classes, this.task, this.options, state, this.start) = (model, classes, task, options, start.State, start.Network);
        FineTunerOptions tuning = Tuning(options, state.Train.Length);
        settings = FineTuneSettings.Of(tuning, start.Network, state.Train, task) with { Scales = state.Scales };
        loader = new TrainingLoader(state.Train, classes, model.Preprocessing, options.Augmentation, options.Loading(options.Batch));
        heldOut = new ValidationImages(state.Judged, classes, model.Preprocessing, options.Loading(options.Batch));
        teacher = InferencePlan.Compile(model.Network, new InferenceOptions { Threads = options.Threads }).CreateSession();
        taught = model.Task == ModelTask.MultiLabel ? new BinaryCrossEntropy() : new Training.Losses.Distillation { Temperature = Softness };
    }

    /// <summary>What the teacher's and the student's scores of classes are divided by.</summary>
    public const double Softness = 2;

    /// <summary>The network as it was trained.</summary>
    public Network Network { get; private set; } = null!;

    /// <summary>The images that could not be used.</summary>
    public IReadOnlyList<SkippedImage> Skipped => [.. state.Skipped.Concat(loader.Skipped).DistinctBy(skipped => skipped.Path)];

    public override Learner Learner => learner!;

    public override int Epochs => settings.Epochs;

    public override int BatchesPerEpoch => loader.BatchesPerEpoch;

    public override string Remedy => $"A lower learning rate than {Highest} usually helps.";

    public override Model? LastGood => model with { Network = Learner.AveragedNetwork(), FeatureStatistics = null };

    public override string State
    {
        get
        {
            state.Skipped = [.. Skipped];
            return JsonSerializer.Serialize(state, PruneJson.Default.PruneState);
        }
    }

    private double Highest => options.LearningRate ?? settings.DefaultRate;

    /// <summary>The number of epochs where nobody chose one: twice those of a training, for more is to be learned again than a head.</summary>
    public static int EpochsFor(int images) => 2 * FineTunerOptions.EpochsFor(images);

    /// <summary>The targets of a batch: classes, or numbers of any.</summary>
    public static Targets TargetsOf(TrainingBatch batch) => batch.Targets.IsEmpty ? new Targets(batch.Labels) : new Targets(batch.Targets);

    public override TrainingBegins Begins(TrainingBegins begins) => begins with { TrainSamples = state.Train.Length, HeldOutSamples = state.Judged.Length };

    public override void Begin(int epoch, long step, CancellationToken cancellation)
    {
        teacher.Cancellation = cancellation;
        learner = settings.Compile(start, FineTunePhase.Of(start.Graph, null, Epochs, fromScratch: true), loader.LargestBatch);
    }

    public override IEnumerable<TrainingBatch> Batches(int epoch, int first, CancellationToken cancellation) => loader.Load(epoch, epoch + 1, first, cancellation);

    public override (long Step, int Count) Place(TrainingBatch batch) => (((long)batch.Epoch * BatchesPerEpoch) + batch.Index, batch.Count);

    public override double Rate(long step) => new OneCycle(Highest, Steps) { RisingPart = 0.1 }.Rate(step);

    /// <summary>(1 - p) loss of the labels + p loss of the teacher's outputs.</summary>
    public override double Loss(TrainingBatch batch, long step)
    {
        TrainingPlan plan = Learner.Plan;
        plan.SetInput(batch.Pixels);
        plan.Forward(batch.Count, options.Seed, (ulong)step);
        double part = options.TeacherPart;
        double loss = settings.Loss.Compute(plan.Output(), TargetsOf(batch), batch.Count, plan.OutputGradient(), 1 - part);
        if (part == 0) return loss;
        int count = batch.Count * classes;
        if (wanted.Length < count) (wanted, gradient) = (new float[count], new float[count]);
        teacher.Run(batch.Pixels, batch.Count, wanted.AsSpan(0, count));
        if (model.Task == ModelTask.MultiLabel) Probabilities.Sigmoid(wanted.AsSpan(0, count).ToArray()).CopyTo(wanted.AsSpan());
        double soft = taught.Compute(plan.Output().Span[..count], new Targets(wanted.AsSpan(0, count)), batch.Count, gradient.AsSpan(0, count), part);
        Span<float> sum = plan.OutputGradient().Span[..count];
        for (int i = 0; i < count; i++) sum[i] += gradient[i];
        return ((1 - part) * loss) + (part * soft);
    }

    public override TrainedEpoch EndEpoch(TrainedEpoch epoch, CancellationToken cancellation)
    {
        if (heldOut.IsEmpty) return epoch;
        ValidationResult judged = Judge(Learner.AveragedNetwork(), cancellation);
        return epoch.With((TrainedEpoch.HeldOutLoss, judged.Loss), (task.ScoreName, judged.Judgement.Score));
    }

    public override void Finish(CancellationToken cancellation)
    {
        Network = Learner.AveragedNetwork();
        if (!options.BatchStatistics) return;
        TrainingLoader plain = new(state.Train, classes, model.Preprocessing, AugmentationOptions.None, options.Loading(options.Batch));
        Network = TrainedStatistics.Recompute(Network, plain, new TrainingOptions { Threads = options.Threads }, options.Seed, cancellation);
    }

    /// <summary>How good a network is on the held-out images; null where none are.</summary>
    public ValidationResult? JudgeFinally(Network network, CancellationToken cancellation) => heldOut.IsEmpty ? null : Judge(network, cancellation);

    public override void Dispose()
    {
        teacher.Dispose();
        base.Dispose();
    }

    private static FineTunerOptions Tuning(PrunerOptions options, int images) => new()
    {
        Epochs = options.Epochs ?? EpochsFor(images),
        Batch = options.Batch,
        LearningRate = options.LearningRate,
        BatchStatistics = options.BatchStatistics,
        LayerDecay = 1,
        Precision = options.Precision,
        Readout = new() { Seed = options.Seed, Threads = options.Threads, Limits = options.Limits },
    };

    private ValidationResult Judge(Network network, CancellationToken cancellation)
    {
        (float[] scores, ImageItem[] items) = heldOut.Run(network, ClassifierHead.Logits, cancellation);
        if (scores.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            throw new TrainingStoppedException($"The training stopped, because a score of a held-out image is not a number. {Remedy}");
        return task.Judge(items, scores, task.Temperature(scores, items), ClassWeights.None);
    }
}
