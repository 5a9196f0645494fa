using Graft.Networks;
using Graft.Readouts;
using Graft.Tensors;
using Graft.Training.Optimizers;
using Graft.Training.Schedules;

namespace Graft.Vision.FineTuning;

/// <summary>The epochs of a fine-tuning, from its beginning or a checkpoint to the best weights.</summary>
internal sealed class FineTuneRun : IDisposable
{
    private const string BestPrefix = "best.";

    private readonly Model trunk;
    private readonly int classes;
    private readonly FineTunerOptions options;
    private readonly FineTuneStart start;
    private readonly FineTuneState state;
    private readonly FineTuneSettings settings;
    private readonly Phases phases;
    private readonly TrainingLoaderOptions loading;
    private readonly TrainingLoader loader;
    private readonly HeldOut heldOut;
    private readonly IProgress<FineTuneProgress>? progress;
    private TrainedPart? part;
    private Network? best;
    private long saved;

    public FineTuneRun(Model trunk, int classes, FineTunerOptions options, FineTuneStart start, IProgress<FineTuneProgress>? progress)
    {
        (this.trunk, this.classes, this.options, this.start, state, this.progress) = (trunk, classes, options, start, start.State, progress);
        FineTuneSettings chosen = FineTuneSettings.Of(options, trunk.Network, state.Train, classes);

        // Measured once: a training that goes on has weights that have moved.
        if (chosen.IsRelative) state.Scales ??= new(WeightScales.Of(start.Network));
        settings = chosen with { Scales = state.Scales };
        phases = Phases.Of(start.Network.Graph, options.UnfreezeFrom, settings.Epochs, settings.IsUntrained);
        int threads = settings.Threads == 0 ? Environment.ProcessorCount : settings.Threads;
        loading = new TrainingLoaderOptions { BatchSize = options.Batch, Threads = threads, Sampling = options.Sampling, Seed = settings.Seed, Limits = options.Readout.Limits };
        loader = new TrainingLoader(state.Train, classes, trunk.Preprocessing, options.Augmentation, loading);
        heldOut = new HeldOut(state.Judged, classes, options.Head.ClassWeights, trunk.Preprocessing, loading);
    }

    /// <summary>The accuracy of the readout that the head began as.</summary>
    public double? ReadoutTop1 => heldOut.IsEmpty ? null : ClassificationMetrics.Measure(start.Scores, classes, Labels).Top1;

    /// <summary>How good that readout is; null where no pictures are held out.</summary>
    public Merit? Readout => heldOut.IsEmpty ? null : Merit.Of(Probabilities.Softmax(start.Scores, classes), Labels, classes, options.Head.ClassWeights);

    /// <summary>The best network, without dropout; null where no epoch was finished.</summary>
    public Network? Best => best is null ? null : start.Plain(best);

    /// <summary>The pictures that could not be used, those before the training and those on the way.</summary>
    public IReadOnlyList<SkippedImage> Skipped => [.. state.Skipped.Concat(loader.Skipped).DistinctBy(s => s.Path)];

    private int[] Labels => [.. state.Judged.Select(item => item.Label)];

    private long Step => ((long)state.Epoch * loader.BatchesPerEpoch) + state.Batch;

    private int Epochs => state.EarlyStop?.Epochs ?? settings.Epochs;

    private long Steps => (long)Epochs * loader.BatchesPerEpoch;

    /// <summary>Trains to the end.</summary>
    /// <exception cref="FineTuneException">A loss is not a number, or the state cannot be kept.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the state is kept.</exception>
    public void Run(CancellationToken cancellation)
    {
        progress?.Report(new TrainingBegins(new FineTunePlan(
            state.Train.Length, state.Judged.Length, Epochs, Step, Steps, ReadoutTop1, settings.BatchStatistics, phases.Text)));
        ChooseRate(cancellation);
        part = new TrainedPart(start.Network, phases, phases.At(state.Epoch), settings, loader.LargestBatch);
        if (start.Tensors is { } tensors) Restore(tensors);
        saved = options.Time.GetTimestamp();
        try
        {
            while (state.Epoch < Epochs) Epoch(cancellation);
        }
        catch (OperationCanceledException)
        {
            Save();
            throw;
        }
    }

    public void Dispose() => part?.Dispose();

    private void ChooseRate(CancellationToken cancellation)
    {
        if (state.Rate > 0) return;
        if (options.LearningRate is null && options.FindLearningRate)
        {
            state.RangeTest = RateRangeTest.Run(start.Network, phases, settings, loader, progress, cancellation);
            progress?.Report(new RateFound(state.RangeTest));
        }

        state.Rate = options.LearningRate ?? state.RangeTest?.Chosen ?? settings.DefaultRate;
    }

    private void Epoch(CancellationToken cancellation)
    {
        long begin = options.Time.GetTimestamp();
        double before = state.Seconds;
        int last = 1;
        Schedule schedule = Rates();
        part!.Plan.Cancellation = cancellation;
        foreach (TrainingBatch batch in loader.Load(state.Epoch, state.Epoch + 1, state.Batch, cancellation))
        {
            long step = ((long)state.Epoch * loader.BatchesPerEpoch) + batch.Index;
            double rate = schedule.Rate(step);
            (double loss, int right, double? norm) = part.Step(batch, rate, settings.Seed, step);
            if (!double.IsFinite(loss) || !double.IsFinite(norm ?? 0)) throw NotFinite(step, double.IsFinite(loss) ? "the gradient" : $"the loss is {loss}, which");
            last = batch.Count;
            state.Batch = batch.Index + 1;
            state.LossSum += loss * batch.Count;
            state.Right += right;
            state.Seen += batch.Count;
            state.Seconds = before + options.Time.GetElapsedTime(begin).TotalSeconds;
            progress?.Report(new StepDone(step + 1, Steps, state.Epoch + 1, loss, rate, norm));
            if (options.Time.GetElapsedTime(saved) >= options.CheckpointInterval) Save();
            cancellation.ThrowIfCancellationRequested();
        }

        double trained = before + options.Time.GetElapsedTime(begin).TotalSeconds;
        state.Batch = loader.BatchesPerEpoch;
        Network network = part.AveragedNetwork();
        (double Top1, double Loss, Merit Merit)? judged = heldOut.IsEmpty ? null : heldOut.Judge(network, settings.Threads, cancellation);
        if (judged is { } score && double.IsNaN(score.Loss))
        {
            // The scores are of the averages; the weights themselves tell where it began.
            part.Plan.Forward(last, settings.Seed, (ulong)Step);
            throw NotFinite(Step - 1, "a score of a held-out picture");
        }

        bool isBest = judged is not { } now || best is null || now.Merit.IsBetterThan(state.Best);
        if (isBest) (best, state.BestEpoch, state.Best) = (network, state.Epoch + 1, judged?.Merit ?? default);
        FineTuneEpoch epoch = new(
            state.Epoch + 1, Step, phases.NameAt(state.Epoch), state.LossSum / state.Seen, (double)state.Right / state.Seen, judged?.Loss, judged?.Top1, schedule.Rate(Step - 1),
            before + options.Time.GetElapsedTime(begin).TotalSeconds, state.Seen / trained);
        state.History.Add(epoch);
        (state.Epoch, state.Batch, state.LossSum, state.Right, state.Seen, state.Seconds) = (state.Epoch + 1, 0, 0, 0, 0, 0);
        if (state.Epoch < Epochs && phases.At(state.Epoch) != phases.At(state.Epoch - 1)) Unfreeze();
        progress?.Report(new EpochDone(epoch, isBest));
        CutShortIfHopeless();
        Save();
    }

    /// <summary>One cycle; where it was cut short, with an end of its own.</summary>
    private Schedule Rates()
    {
        OneCycle cycle = new(state.Rate, (long)settings.Epochs * loader.BatchesPerEpoch) { RisingPart = 0.25 };
        return state.EarlyStop is { } stop
            ? new CoolDown(cycle, (long)stop.After * loader.BatchesPerEpoch, (long)stop.CoolDown * loader.BatchesPerEpoch, cycle.Rate(cycle.Steps - 1))
            : cycle;
    }

    private void CutShortIfHopeless()
    {
        if (heldOut.IsEmpty || state.EarlyStop is not null || state.Epoch - Math.Max(state.BestEpoch, phases.Boundary) < options.Patience) return;
        state.EarlyStop = EarlyStop.At(state.Epoch, settings.Epochs);
        if (state.EarlyStop is { } stop) progress?.Report(new CutShort(stop, Steps));
    }

    private void Unfreeze()
    {
        using TrainedPart earlier = part!;
        part = new TrainedPart(earlier.Plan.ToNetwork(), phases, phases.At(state.Epoch), settings, loader.LargestBatch);
        part.Continue(earlier);
    }

    private void Save()
    {
        saved = options.Time.GetTimestamp();
        if (options.Checkpoint is null) return;
        state.Steps = Step;
        state.OptimizerSteps = part!.OptimizerSteps;
        state.AverageUpdates = part.Average.Updates;
        state.Skipped = [.. Skipped];
        try
        {
            FineTuner.Checkpoint.Write(options.Checkpoint, state, [.. start.Save(part.Plan.ToNetwork()), .. part.Save(), .. best is null ? [] : best.Weights.Named(BestPrefix)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(options.Checkpoint))!;
            string why = Directory.Exists(folder) ? $"the state cannot be kept in '{options.Checkpoint}': {e.Message.TrimEnd('.')}" : $"the folder of its state, '{folder}', was deleted or moved meanwhile";
            throw new FineTuneException($"The training stopped after step {Step}, because {why}. Make room or restore the folder and its rights, and go on or start again.", e);
        }
    }

    private void Restore(IReadOnlyDictionary<string, Tensor> tensors)
    {
        part!.Restore(tensors, state.OptimizerSteps, state.AverageUpdates);
        if (state.BestEpoch > 0) best = new Network(start.Network.Graph, tensors.Under(BestPrefix));
    }

    private FineTuneException NotFinite(long step, string what)
    {
        string where = part!.Plan.FirstNonFinite() is { } node ? $"it began in layer '{node}'" : "every layer is finite, so it began behind them";
        return new FineTuneException(
            $"The training stopped in step {step + 1} (epoch {state.Epoch + 1}), because {what} is not a number: {where}. A lower learning rate than {state.Rate} usually helps.");
    }

    /// <summary>The state and scores that the result is made of.</summary>
    public (FineTuneStart Start, FineTuneSettings Settings, Phases Phases, TrainingLoaderOptions Loading, Model Trunk) Outcome => (start, settings, phases, loading, trunk);
}
