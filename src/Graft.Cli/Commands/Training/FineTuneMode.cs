using Graft.Cli.Output;
using Graft.Reports;
using Graft.Runs;
using Graft.Training;
using Graft.Vision;
using Graft.Vision.FineTuning;
using Graft.Vision.Tasks;

namespace Graft.Cli.Commands.Training;

/// <summary><c>graft train --mode finetune</c>: the whole network.</summary>
internal sealed class FineTuneMode(Terminal terminal, TrainRequest request, RunFolder? resumed) : TrainMode<FineTuneResult>(TunedWeightNames.ModeOf(request.Options.Weights), terminal, request, resumed)
{
    /// <summary>What the log of runs calls it.</summary>
    public const string Name = "finetune";

    /// <summary>What <c>--mode</c> calls a fine-tuning, by the weights that are trained.</summary>
    public static string[] Names { get; } = [.. Enum.GetValues<TunedWeights>().Select(TunedWeightNames.ModeOf)];

    /// <summary>The weights that a mode trains.</summary>
    public static TunedWeights WeightsOf(string mode) => (TunedWeights)Math.Max(0, Array.IndexOf(Names, mode));

    private FineTunerOptions Options => Request.Options with { Epochs = Plan(), UntrainedTrunk = Input.IsUntrained };

    private ScoreKind Score => ScoreKind.Of(Input.Images.Task);

    /// <summary>A learning rate as people read it.</summary>
    public static string Rate(double rate) => rate.ToString(rate is > 0 and < 1e-3 ? "0.0e0" : "0.####", System.Globalization.CultureInfo.InvariantCulture);

    protected override int Plan() =>
        Request.Options.Epochs ?? FineTunerOptions.EpochsFor((int)(Input.Images.Items.Count * (Input.Validation is null ? 1 - Request.Options.Readout.Holdout : 1)));

    protected override FineTuneResult Train(RunWork run, WorkProgress progress, CancellationToken cancel) =>
        FineTuner.Train(Input.Trunk, Input.Images, Input.Validation, Options with { Checkpoint = run.Checkpoint }, new FineTuneReporter(Terminal, progress, run.Recorder), cancel);

    protected override Judgement? TrainFold(ImageFolder learned, ImageFolder held, CancellationToken cancel) => FineTuner.Train(Input.Trunk, learned, held, Options, null, cancel).Judgement;

    protected override JsonFields Fields(FineTuneResult result) => new()
    {
        { "kept", result.IsReadout ? ReadoutMode.Name : TunedWeightNames.ModeOf(Request.Options.Weights) },
        { "head_refitted", result.IsHeadRefitted },
        { $"readout_{Score.Name}", ValueQuality.Known(result.ReadoutScore ?? double.NaN), true },
        { "best_epoch", result.BestEpoch },
        { "epochs", result.History.Select(Epoch) },
        { "early_stop", result.EarlyStop is { } stop ? new { AfterEpoch = stop.After, CoolDownEpochs = stop.CoolDown, PlannedEpochs = stop.Planned } : null, true },
        { "learning_rate", result.LearningRate },
        { "learning_rate_is", result.IsRelativeRate ? "relative" : "absolute" },
    };

    protected override TrainingReport Complete(TrainingReport page, RunConfig config, FineTuneResult result) => page with
    {
        Mode = result.IsReadout ? ReadoutMode.Name : TunedWeightNames.ModeOf(Request.Options.Weights),
        Facts =
        [
            new("epochs", $"{result.History.Count} of {config.Epochs}"), new("highest learning rate", Rate(result.LearningRate) + (result.IsRelativeRate ? " of each weight's size" : "")), new("seed", $"{config.Seed}"),
            .. result.EarlyStop is { } stop ? (ReportFact[])[new("stopped early", RunReporter.Stopped(stop))] : [],
            .. result.ReadoutScore is { } readout ? (ReportFact[])[new("readout alone", Score.Said(readout))] : [],
        ],
        Marks =
        [
            .. result.History.Zip(result.History.Skip(1)).Where(p => p.First.Phase != p.Second.Phase).Select(p => new HistoryMark(p.First.Epoch, "all unfrozen")),
            .. result.EarlyStop is { } early ? (HistoryMark[])[new(early.After, "cut short")] : [],
            .. result.BestEpoch > 0 ? (HistoryMark[])[new(result.BestEpoch, "best model")] : [],
        ],
        LearningRateTest = result.RangeTest is { } test ? new LearningRateTest([.. test.Points.Select(p => (p.Rate, p.Loss))], test.Chosen) : null,
    };

    protected override string? Compared(FineTuneResult result) => result.ReadoutScore is { } readout && !result.IsReadout ? $"The readout alone reached {Score.Said(readout)}." : null;

    protected override string Kept(FineTuneResult result)
    {
        if (result.IsReadout) return "the readout, fitted on all images";
        string kept = result.History.Count == result.BestEpoch ? "the last epoch" : $"epoch {result.BestEpoch} of {result.History.Count}";
        if (result.IsHeadRefitted) kept += ", its head fitted again on all images";
        if (result.EarlyStop is { } stop) kept += $" ({stop.Planned} {Amount.Word(stop.Planned, "was", "were")} planned; after epoch {stop.After} the rate fell to its end)";
        return kept;
    }

    private JsonFields Epoch(TrainedEpoch epoch)
    {
        return new()
        {
            { "epoch", epoch.Epoch },
            { "phase", epoch.Phase },
            { "train_loss", epoch.Loss },
            { "learned_loss", Measure(TrainedEpoch.Learned(TrainedEpoch.HeldOutLoss)), true },
            { $"learned_{Score.Name}", Measure(TrainedEpoch.Learned(Score.Name)), true },
            { "val_loss", Measure(TrainedEpoch.HeldOutLoss), true },
            { $"val_{Score.Name}", Measure(Score.Name), true },
            { "rate", epoch.Rate },
            { "seconds", epoch.Seconds },
            { "images_per_second", epoch.SamplesPerSecond },
        };

        double? Measure(string name) => ValueQuality.Known(epoch.Measure(name) ?? double.NaN);
    }
}
