using System.Text.Json;
using Graft.Models;
using Graft.Networks;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Optimizers;
using Graft.Training.Schedules;
using Graft.Vision.Augmentation;
using Graft.Vision.Evaluating;
using Graft.Vision.Loading;
using Graft.Vision.Tasks;

namespace Graft.Vision.FineTuning;

/// <summary>Fine-tuning: the upper blocks first, then all, with cross-entropy, judged by the averages of the weights on held-out images.</summary>
internal sealed class FineTuneTask : TrainingTask<TrainingBatch>
{
    private const string BestPrefix = "best.";

    // Judging takes a fifth of learning, or less: a tenth of the images takes a fiftieth of an epoch.
    private const int JudgedPart = 10, LeastJudged = 16, MostJudged = 1000;

    private readonly Model trunk;
    private readonly string[] classes;
    private readonly TaskTraining task;
    private readonly FineTunerOptions options;
    private readonly FineTuneState state;
    private readonly FineTunePhase[] phases;
    private readonly TrainingLoaderOptions loading;
    private readonly TrainingLoader loader;
    private readonly ValidationImages heldOut, learned;
    private readonly IProgress<TrainingProgress>? progress;
    private Learner? learner;
    private Network? best;
    private int last = 1;

    public FineTuneTask(Model trunk, IReadOnlyList<string> classes, TaskTraining task, FineTunerOptions options, FineTuneStart start, TrainingCheckpoint kept, IProgress<TrainingProgress>? progress)
    {
        (this.trunk, this.classes, this.task, this.options, Start, state, this.progress) = (trunk, [.. classes], task, options, start, start.State, progress);
        FineTuneSettings chosen = FineTuneSettings.Of(options, trunk.Network, state.Train, task);

        // Measured once: a training that goes on has weights that have moved.
        if (chosen.IsRelative) state.Scales ??= new(WeightScales.Of(start.Network));
        Settings = chosen with { Scales = state.Scales };
        phases = FineTunePhase.Of(start.Network.Graph, options.UnfreezeFrom, Settings.Epochs, Settings.IsUntrained, options.Weights);
        int threads = Settings.Threads == 0 ? Environment.ProcessorCount : Settings.Threads;
        loading = new TrainingLoaderOptions { BatchSize = options.Batch, Threads = threads, Sampling = options.Sampling, Seed = Settings.Seed, Limits = options.Readout.Limits };
        if (options.Memory is { } memory) loading = Fit(memory);
        loader = new TrainingLoader(task.Learned(state.Train), classes.Count, trunk.Preprocessing, options.Augmentation, loading);
        heldOut = new ValidationImages(state.Judged, classes.Count, trunk.Preprocessing, loading);
        learned = new ValidationImages(Sample(state.Train), classes.Count, trunk.Preprocessing, loading);
        if (state.BestEpoch > 0) best = new Network(start.Network.Graph, kept.Tensors.Under(BestPrefix));
    }

    public FineTuneStart Start { get; }

    public FineTuneSettings Settings { get; private set; }

    /// <summary>The best network, without dropout; null where no epoch was finished.</summary>
    public Network? Best => best is null ? null : Start.Plain(best);

    /// <summary>The images that could not be used, those before the training and those on the way.</summary>
    public IReadOnlyList<SkippedImage> Skipped => [.. state.Skipped.Concat(loader.Skipped).DistinctBy(s => s.Path)];

    public override Learner Learner => learner!;

    public override int Epochs => state.EarlyStop?.Epochs ?? Settings.Epochs;

    public override IReadOnlyList<TrainingPhase> Phases => phases;

    public override int BatchesPerEpoch => loader.BatchesPerEpoch;

    public override Model? LastGood
    {
        get
        {
            bool isReadout = Best is null || (!heldOut.IsEmpty && Readout().Merit.IsBetterThan(state.Best));
            Model model = new(isReadout ? Start.Refitted : Best!)
            {
                Labels = [.. classes],
                Preprocessing = trunk.Preprocessing,
                Provenance = TrunkProvenance.Of(trunk).SetItem("trunk", trunk.Network.Graph.Architecture).SetItem("mode", isReadout ? "readout" : "finetune, stopped early"),
            };
            return task.Complete(model, heldOut.IsEmpty ? null : Readout());
        }
    }

    private ValidationResult Readout() => task.Judge(state.Judged, Start.Scores, 1, options.Head.ClassWeights);

    public override string Remedy => $"A lower learning rate than {state.Rate} usually helps.";

    public override string State
    {
        get
        {
            state.Skipped = [.. Skipped];
            return JsonSerializer.Serialize(state, FineTuneJson.Default.FineTuneState);
        }
    }

    public override IEnumerable<KeyValuePair<string, Tensor>> Tensors => [.. Start.Save(), .. best?.Weights.Named(BestPrefix) ?? []];

    public override TrainingBegins Begins(TrainingBegins begins)
    {
        List<string> remarks = [];
        if (!heldOut.IsEmpty) remarks.Add(task.Said(Readout().Merit, state.Judged.Length));
        if (phases.Length > 1) remarks.Add($"Trained: {phases[0].Lowest} and above first, all from epoch {phases[0].Epochs + 1}.");
        return begins with { TrainSamples = state.Train.Length, HeldOutSamples = state.Judged.Length, Remarks = remarks };
    }

    public override void Begin(int epoch, long step, CancellationToken cancellation)
    {
        if (state.Rate == 0) ChooseRate(cancellation);
        learner = Compile(Start.Network, epoch);
    }

    public override IEnumerable<TrainingBatch> Batches(int epoch, int first, CancellationToken cancellation) => loader.Load(epoch, epoch + 1, first, cancellation);

    public override (long Step, int Count) Place(TrainingBatch batch) => (((long)batch.Epoch * BatchesPerEpoch) + batch.Index, batch.Count);

    /// <summary>One cycle; where it was cut short, with an end of its own.</summary>
    public override double Rate(long step)
    {
        OneCycle cycle = new(state.Rate, (long)Settings.Epochs * BatchesPerEpoch) { RisingPart = 0.25 };
        return state.EarlyStop is { } stop
            ? new CoolDown(cycle, (long)stop.After * BatchesPerEpoch, (long)stop.CoolDown * BatchesPerEpoch, cycle.Rate(cycle.Steps - 1)).Rate(step)
            : cycle.Rate(step);
    }

    public override double Loss(TrainingBatch batch, long step)
    {
        double loss = Settings.LossOf(Learner.Plan, batch, step);
        last = batch.Count / FineTuneSettings.PiecesOf(Learner.Plan, batch);
        return loss;
    }

    public override TrainedEpoch EndEpoch(TrainedEpoch epoch, CancellationToken cancellation)
    {
        Network network = Learner.AveragedNetwork();
        ValidationResult? judged = heldOut.IsEmpty ? null : Judge(heldOut, network, epoch.Step, cancellation);
        ValidationResult known = Judge(learned, network, epoch.Step, cancellation);
        MemoryBudget.CollectFor(options);
        bool isBest = judged is not { } now || best is null || now.Merit.IsBetterThan(state.Best);
        if (isBest) (best, state.BestEpoch, state.Best) = (network, epoch.Epoch, judged?.Merit ?? default);
        if (TrainingPhase.At(phases, epoch.Epoch) != TrainingPhase.At(phases, epoch.Epoch - 1)) Unfreeze(epoch.Epoch);
        if (IsHopeless(epoch.Epoch)) state.EarlyStop = EarlyStop.At(epoch.Epoch, Settings.Epochs);
        (string, double?)[] measures =
        [
            (TrainedEpoch.HeldOutLoss, judged?.Loss), (task.ScoreName, judged?.Judgement.Score),
            (TrainedEpoch.Learned(TrainedEpoch.HeldOutLoss), known.Loss), (TrainedEpoch.Learned(task.ScoreName), known.Judgement.Score),
        ];
        return epoch.With(measures) with { IsBest = isBest };
    }

    /// <summary>When nothing is learned any more: hands the memory of the steps back.</summary>
    public void Release()
    {
        learner?.Dispose();
        learner = null;
        MemoryBudget.CollectFor(options);
    }

    public override void Finish(CancellationToken cancellation)
    {
        if (!Settings.BatchStatistics) return;
        TrainingLoader plain = new(state.Train, classes.Length, trunk.Preprocessing, AugmentationOptions.None, loading);
        TrainingOptions statistics = Settings.OptionsOf(phases, options.Batch) with { Precision = TrainingPrecision.Float32 };
        best = TrainedStatistics.Recompute(Best!, plain, Settings.Memory?.Of(statistics) ?? statistics, Settings.Seed, cancellation);
    }

    /// <summary>Chooses how a step is done in so much memory, once for a training, and how images are loaded.</summary>
    private TrainingLoaderOptions Fit(long memory)
    {
        long side = trunk.Preprocessing.Resolution, batchBytes = options.Batch * side * side * 3 * sizeof(float);
        int plans = options.LearningRate is null && options.FindLearningRate && state.Rate == 0 ? 2 : 1;
        (MemoryChoice choice, long left) = new MemoryBudget(memory).Choose(Start.Network, Settings.OptionsOf(phases, options.Batch), !Settings.BatchStatistics, 2 * batchBytes, plans);
        Settings = Settings with { Memory = state.Memory ??= choice };
        return loading with { BatchesAhead = 1, CacheBytes = left / 3 };
    }

    private void ChooseRate(CancellationToken cancellation)
    {
        if (options.LearningRate is null && options.FindLearningRate)
        {
            state.RangeTest = RateRangeTest.Run(Start.Network, phases, Settings, loader, progress, cancellation);
            progress?.Report(new RateFound(state.RangeTest));
        }

        state.Rate = options.LearningRate ?? state.RangeTest?.Chosen ?? Settings.DefaultRate;
    }

    /// <summary>Of the images that are learned from those that are judged, too: evenly spread over the classes, which lie behind each other, and so few that an epoch takes hardly longer.</summary>
    private static ImageItem[] Sample(ImageItem[] images)
    {
        int count = Math.Clamp(images.Length / JudgedPart, Math.Min(images.Length, LeastJudged), MostJudged);
        return [.. Enumerable.Range(0, count).Select(i => images[(int)((long)i * images.Length / count)])];
    }

    /// <summary>How good a network is on images as they are.</summary>
    private ValidationResult Judge(ValidationImages images, Network network, long step, CancellationToken cancellation)
    {
        MemoryBudget.CollectFor(options);
        (float[] scores, ImageItem[] items) = images.Run(network, network.Graph.Outputs[^1].Name, cancellation);
        if (scores.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
        {
            // The scores are of the averages; the weights themselves tell where it began.
            Learner.Plan.Forward(last, Settings.Seed, (ulong)step);
            throw NotANumber(step - 1, $"a score of {(images == heldOut ? "a held-out image" : "an image")}");
        }

        return task.Judge(items, scores, 1, options.Head.ClassWeights);
    }

    private bool IsHopeless(int epoch) => !heldOut.IsEmpty && state.EarlyStop is null && epoch - Math.Max(state.BestEpoch, phases.SkipLast(1).Sum(phase => phase.Epochs)) >= options.Patience;

    private Learner Compile(Network network, int epoch)
    {
        int phase = Array.IndexOf(phases, TrainingPhase.At(phases, epoch));
        return Settings.Compile(network, phases[..(phase + 1)], loader.LargestBatch);
    }

    private void Unfreeze(int epoch)
    {
        using Learner earlier = Learner;
        earlier.Plan.ReleaseActivations();
        learner = Compile(earlier.Plan.ToNetwork(), epoch);
        learner.Continue(earlier);
    }
}
