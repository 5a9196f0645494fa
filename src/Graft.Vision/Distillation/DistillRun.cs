using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Schedules;
using Graft.Vision.Augmentation;

namespace Graft.Vision.Distillation;

/// <summary>The epochs of a distillation, from its beginning or a checkpoint to the end.</summary>
internal sealed class DistillRun : IDisposable
{
    private const string StudentPrefix = "student.";

    // Beyond some thousand pictures the means do not change.
    private const int MostStatisticsBatches = 100;

    private readonly Model teacher;
    private readonly DistillerOptions options;
    private readonly DistillState state;
    private readonly DistillPhase[] phases;
    private readonly Judge judge;
    private readonly Preprocessing preprocessing;
    private readonly IProgress<DistillProgress>? progress;
    private readonly HashSet<SkippedImage> skipped;
    private TrainingLoader loader;
    private DistillPart part;
    private readonly Pairing pairing;
    private Network student;
    private long saved;

    /// <summary>Prepares a training.</summary>
    /// <param name="teacher">The teacher.</param>
    /// <param name="student">The student as it begins, in the teacher's resolution.</param>
    /// <param name="options">The options.</param>
    /// <param name="state">The state that it begins or goes on with.</param>
    /// <param name="tensors">The tensors of the checkpoint; null where there was none.</param>
    /// <param name="progress">Told what happens.</param>
    public DistillRun(Model teacher, Network student, DistillerOptions options, DistillState state, IReadOnlyDictionary<string, Tensor>? tensors, IProgress<DistillProgress>? progress)
    {
        (this.teacher, this.options, this.state, this.progress) = (teacher, options, state, progress);
        preprocessing = teacher.Preprocessing;
        skipped = [.. state.Skipped];
        pairing = Pairing.Of(teacher.Network.Graph, student.Graph);
        phases = DistillPhase.Of(options, preprocessing.Resolution, pairing.CanGuide);
        judge = new Judge(teacher, state.Judged, Loading);

        // Adapters begin at random like the rest.
        this.student = tensors is null
            ? Network.Random(pairing.Student, options.Seed).WithWeights(student.Weights)
            : new Network(pairing.Student, tensors.Under(StudentPrefix));
        (loader, part) = Compile(PhaseAt(state.Epoch));
        if (tensors is not null) part.Restore(tensors, state.OptimizerSteps, state.AverageUpdates);
        DistillSpan[] spans =
        [
            .. phases.Select((phase, i) => new DistillSpan(phase.Name, phases.Take(i).Sum(p => p.Epochs) + 1, (long)phase.Epochs * loader.BatchesPerEpoch, phase.Resolution)),
        ];
        progress?.Report(new DistillBegins(state.Train.Length, state.Judged.Length, [.. spans], Step, Steps, [.. pairing.Names.Select(pairing.Plain)]));
    }

    /// <summary>The trained student, without adapters.</summary>
    public Network Student => pairing.Plain(student);

    /// <summary>How alike the two are on the held-out pictures.</summary>
    public FeatureSimilarity? Similarity { get; private set; }

    /// <summary>The pictures that could not be used.</summary>
    public IReadOnlyList<SkippedImage> Skipped => [.. skipped.Concat(loader.Skipped).DistinctBy(s => s.Path)];

    private long Step => ((long)state.Epoch * loader.BatchesPerEpoch) + state.Batch;

    private long Steps => (long)options.Epochs * loader.BatchesPerEpoch;

    private TrainingLoaderOptions Loading => new()
    {
        BatchSize = options.Batch,
        Threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads,
        Seed = options.Seed,
        Limits = options.Limits,
    };

    /// <summary>Trains to the end.</summary>
    /// <exception cref="DistillException">A loss is not a number, or the state cannot be kept.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the state is kept.</exception>
    public void Run(CancellationToken cancellation)
    {
        saved = options.Time.GetTimestamp();
        try
        {
            while (state.Epoch < options.Epochs) Epoch(cancellation);
            student = part.AveragedStudent;
            if (!phases[^1].IsSettled) student = WithStatistics(student, cancellation);
            Similarity = judge.Measure(Student, cancellation);
        }
        catch (OperationCanceledException)
        {
            Save();
            throw;
        }
    }

    public void Dispose() => part.Dispose();

    private DistillPhase PhaseAt(int epoch)
    {
        int end = 0;
        return phases.FirstOrDefault(phase => epoch < (end += phase.Epochs)) ?? phases[^1];
    }

    private (TrainingLoader Loader, DistillPart Part) Compile(DistillPhase phase)
    {
        int side = phase.Resolution;
        Network small = student.WithInputSize(side, side), taught = teacher.Network.WithInputSize(side, side);
        TrainingLoader made = new(state.Train, 1, preprocessing with { Resolution = side }, options.Augmentation, Loading);
        return (made, new DistillPart(taught, small, Pairing.Of(taught.Graph, pairing.Plain(small).Graph), phase, options, made.LargestBatch));
    }

    private void Epoch(CancellationToken cancellation)
    {
        long begin = options.Time.GetTimestamp();
        double before = state.Seconds;
        DistillPhase phase = PhaseAt(state.Epoch);
        part.Cancellation = cancellation;
        OneCycle schedule = new(options.LearningRate, Steps) { RisingPart = 0.1 };
        foreach (TrainingBatch batch in loader.Load(state.Epoch, state.Epoch + 1, state.Batch, cancellation))
        {
            long step = ((long)state.Epoch * loader.BatchesPerEpoch) + batch.Index;
            double rate = schedule.Rate(step);
            (double loss, double? norm) = part.Step(batch, rate, options.Seed, step);
            if (!double.IsFinite(loss) || !double.IsFinite(norm ?? 0)) throw NotFinite(step, double.IsFinite(loss) ? "the gradient" : "the loss");
            state.Batch = batch.Index + 1;
            state.LossSum += loss * batch.Count;
            state.Seen += batch.Count;
            state.Seconds = before + options.Time.GetElapsedTime(begin).TotalSeconds;
            progress?.Report(new DistillStep(step + 1, Steps, state.Epoch + 1, loss, rate, norm));
            if (options.Time.GetElapsedTime(saved) >= options.CheckpointInterval) Save();
            cancellation.ThrowIfCancellationRequested();
        }

        double trained = before + options.Time.GetElapsedTime(begin).TotalSeconds;
        state.Batch = loader.BatchesPerEpoch;
        FeatureSimilarity? similarity = judge.Measure(pairing.Plain(part.AveragedStudent), cancellation);
        DistillEpoch epoch = new(
            state.Epoch + 1, Step, phase.Name, state.LossSum / state.Seen, similarity?.Cosine, similarity?.Unexplained, schedule.Rate(Step - 1), before + options.Time.GetElapsedTime(begin).TotalSeconds, state.Seen / trained);

        // Before the state knows of it: who is stopped meanwhile does it again.
        if (PhaseAt(state.Epoch + 1) is var next && next != phase) Enter(next, cancellation);
        state.History.Add(epoch);
        (state.Epoch, state.Batch, state.LossSum, state.Seen, state.Seconds) = (state.Epoch + 1, 0, 0, 0, 0);
        progress?.Report(new DistillEpochDone(epoch));
        Save();
    }

    private void Enter(DistillPhase phase, CancellationToken cancellation)
    {
        DistillPart earlier = part;
        skipped.UnionWith(loader.Skipped);
        student = phase.IsSettled ? WithStatistics(earlier.AveragedStudent, cancellation) : earlier.Student;
        (loader, part) = Compile(phase);
        part.Continue(earlier, keepsAverage: !phase.IsSettled);
        earlier.Dispose();
    }

    /// <summary>The student with the statistics of all pictures as they will be seen: the means over batches of their means and unbiased variances (arXiv:1502.03167, algorithm 2).</summary>
    private Network WithStatistics(Network network, CancellationToken cancellation)
    {
        TrainingLoader plain = new(state.Train, 1, preprocessing, AugmentationOptions.None, Loading);
        Network whole = network.WithInputSize(preprocessing.Resolution, preprocessing.Resolution);
        using TrainingPlan plan = TrainingPlan.Compile(whole, new TrainingOptions { Batch = plain.LargestBatch, Threads = options.Threads });
        PopulationStatistics.Recompute(
            plan, plain.Load(0, 1, cancellation: cancellation).Take(MostStatisticsBatches), batch =>
            {
                batch.Pixels.CopyTo(plan.Input().Span);
                return batch.Count;
            },
            options.Seed, cancellation: cancellation);
        return plan.ToNetwork();
    }

    private void Save()
    {
        saved = options.Time.GetTimestamp();
        if (options.Checkpoint is null) return;
        state.Steps = Step;
        state.OptimizerSteps = part.OptimizerSteps;
        state.AverageUpdates = part.Average.Updates;
        state.Skipped = [.. Skipped];
        try
        {
            Distiller.Checkpoint.Write(options.Checkpoint, state, [.. part.Student.Weights.Named(StudentPrefix), .. part.Save()]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DistillException($"The training stopped after step {Step}, because the state cannot be kept in '{options.Checkpoint}': {e.Message.TrimEnd('.')}. Make room or restore the folder and its rights, and go on or start again.", e);
        }
    }

    private DistillException NotFinite(long step, string what)
    {
        string where = part.FirstNonFinite() is { } node ? $"it began in layer '{node}'" : "every layer is finite, so it began behind them";
        return new DistillException($"The training stopped in step {step + 1} (epoch {state.Epoch + 1}), because {what} is not a number: {where}. A lower learning rate than {options.LearningRate} usually helps.");
    }
}
