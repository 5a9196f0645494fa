using Graft.Networks;
using Graft.Plans;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Training.Optimizers;
using Graft.Vision.Loading;
using Graft.Vision.Tasks;

namespace Graft.Vision.FineTuning;

/// <summary>The options with everything chosen that they leave open.</summary>
internal sealed record FineTuneSettings
{
    // Chosen on flowers with the trunk in the box, whose matrices are 1.7, by single runs whose differences are mostly within their error.
    private const double RelativeRate = 6e-3;
    private const double AdamRate = 5e-4, SgdRate = 1e-2, LambRate = 2.5e-3;

    // What was never trained has nothing to lose.
    private const double UntrainedFactor = 2;

    public required Loss Loss { get; init; }

    public required int Threads { get; init; }

    public required int Epochs { get; init; }

    public required bool IsUntrained { get; init; }

    public required bool BatchStatistics { get; init; }

    public required TrainingPrecision Precision { get; init; }

    /// <summary>How a step is done in little memory; null where that is not bounded.</summary>
    public MemoryChoice? Memory { get; init; }

    public required double WeightDecay { get; init; }

    public required double LayerDecay { get; init; }

    public required OptimizerOptions Optimizer { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Whether the rate is a part of each weight's own size: where nobody chose one, and the optimizer's steps have no other scale.</summary>
    public required bool IsRelative { get; init; }

    /// <summary>What it is a part of, by weight; null where rates are absolute.</summary>
    public IReadOnlyDictionary<string, double>? Scales { get; init; }

    /// <summary>The rate where neither the user nor a test chose one.</summary>
    public double DefaultRate => (IsUntrained ? UntrainedFactor : 1) * Optimizer switch
    {
        _ when IsRelative => RelativeRate,
        SgdOptions => SgdRate,
        LambOptions => LambRate,
        _ => AdamRate,
    };

    public static FineTuneSettings Of(FineTunerOptions options, Network trunk, IReadOnlyList<ImageItem> train, TaskTraining task)
    {
        bool isUntrained = options.UntrainedTrunk || TrainedStatistics.AreNew(trunk);
        return new FineTuneSettings
        {
            Loss = task.LossOf(options, train),
            Threads = options.Readout.Threads,
            Epochs = options.Epochs ?? FineTunerOptions.EpochsFor(train.Count),
            IsUntrained = isUntrained,
            BatchStatistics = isUntrained || options.BatchStatistics,
            Precision = options.Precision,
            WeightDecay = options.WeightDecay,
            LayerDecay = isUntrained ? 1 : options.LayerDecay,
            Optimizer = options.Optimizer,
            Seed = options.Readout.Seed,
            IsRelative = options.LearningRate is null && options.Optimizer is AdamWOptions && !isUntrained,
        };
    }

    /// <summary>What is learned with in the last of some phases: an optimizer for what each began to train, and the average of all that changes.</summary>
    public Learner Compile(Network network, IReadOnlyList<FineTunePhase> phases, int batch)
    {
        TrainingOptions options = OptionsOf(phases, batch);
        TrainingPlan plan = TrainingPlan.Compile(network, Memory?.Of(options) ?? options);
        plan.StatisticsMomentum = BatchStatistics ? TrainedStatistics.Momentum : null;
        IReadOnlyList<ParameterGroup> groups = new GroupingOptions { WeightDecay = WeightDecay, LayerDecay = LayerDecay, Scales = Scales }.Groups(network.Graph, plan.Weights);
        IEnumerable<Optimizer> optimizers = phases.Select(phase => Optimizer.Create(
            [.. groups.Select(group => group with { Weights = [.. group.Weights.Where(weight => phase.Adds.Contains(weight.Name))] }).Where(group => group.Weights.Count > 0)], Threads));
        return new Learner(plan, optimizers, TrainedStatistics.Average(plan, BatchStatistics, new WeightAverageOptions(), Threads));
    }

    /// <summary>How a plan of some phases is compiled.</summary>
    public TrainingOptions OptionsOf(IReadOnlyList<FineTunePhase> phases, int batch)
    {
        HashSet<string> trained = [.. phases.SelectMany(phase => phase.Adds)];
        return new TrainingOptions { Batch = batch, Threads = Threads, Trainable = trained.Contains, BatchStatistics = BatchStatistics, Precision = Precision };
    }

    /// <summary>The loss of a batch, whose gradient lies in the plan then. Of a batch that is more than the plan takes, all pieces but the last have gone backward.</summary>
    public double LossOf(TrainingPlan plan, TrainingBatch batch, long step)
    {
        int pieces = PiecesOf(plan, batch);
        double loss = 0;
        for (int piece = 0; piece < pieces; piece++)
        {
            (int first, int end) = Division.Share(batch.Count, piece, pieces);
            int count = end - first, image = batch.Pixels.Length / batch.Count, targets = batch.Targets.Length / batch.Count;
            double share = (double)count / batch.Count;
            plan.SetInput(batch.Pixels.Slice(first * image, count * image));

            // Each piece drops other features.
            plan.Forward(count, Seed, pieces == 1 ? (ulong)step : ((ulong)step * (ulong)pieces) + (ulong)piece);
            loss += share * Loss.Compute(plan.Output(), targets == 0 ? new Targets(batch.Labels.Slice(first, count)) : new Targets(batch.Targets.Slice(first * targets, count * targets)), count, plan.OutputGradient(), share);
            if (piece < pieces - 1) plan.Backward();
        }

        return loss;
    }

    /// <summary>In how many pieces a plan takes a batch.</summary>
    public static int PiecesOf(TrainingPlan plan, TrainingBatch batch) => (batch.Count + plan.Batch - 1) / plan.Batch;
}
