using System.Globalization;
using Graft.Networks;
using Graft.Readouts;
using Graft.Training.Losses;
using Graft.Training.Optimizers;

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

    public static FineTuneSettings Of(FineTunerOptions options, Network trunk, IReadOnlyList<ImageItem> train, int classes)
    {
        int[] counts = new int[classes];
        foreach (ImageItem item in train) counts[item.Label]++;
        bool isUntrained = options.UntrainedTrunk || Phases.IsUntrained(trunk), weighs = options.Sampling == Sampling.Uniform && options.Readout.ClassWeights != ClassWeights.None;
        return new FineTuneSettings
        {
            Loss = new CrossEntropy
            {
                LabelSmoothing = options.LabelSmoothing,
                ClassWeights = weighs ? [.. options.Readout.ClassWeights.ForClasses(counts).Select(weight => (float)weight)] : [],
            },
            Threads = options.Readout.Threads,
            Epochs = options.Epochs ?? FineTunerOptions.EpochsFor(train.Count),
            IsUntrained = isUntrained,
            BatchStatistics = isUntrained || options.BatchStatistics,
            WeightDecay = options.WeightDecay,
            LayerDecay = isUntrained ? 1 : options.LayerDecay,
            Optimizer = options.Optimizer,
            Seed = options.Readout.Seed,
            IsRelative = options.LearningRate is null && options.Optimizer is AdamWOptions && !isUntrained,
        };
    }

    /// <summary>All options that decide what is learned, in words: who goes on from a checkpoint must have the same.</summary>
    public static string Text(FineTunerOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"seed {options.Readout.Seed}, epochs {options.Epochs}, batch {options.Batch}, rate {options.LearningRate}{(options.FindLearningRate ? " auto" : "")}, {options.Optimizer}, weight decay {options.WeightDecay}, layer decay {options.LayerDecay}, from {options.UnfreezeFrom}, label smoothing {options.LabelSmoothing}, dropout {options.Dropout}, batch statistics {options.BatchStatistics}, {options.Augmentation}, class weights {options.Readout.ClassWeights.Name}, sampling {options.Sampling}, patience {options.Patience}{(options.UntrainedTrunk ? ", untrained trunk" : "")}");
}
