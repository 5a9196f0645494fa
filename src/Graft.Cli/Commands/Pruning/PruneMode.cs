using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Runs;
using Graft.Vision;
using Graft.Vision.Folders;
using Graft.Vision.Lists;
using Graft.Vision.Pruning;
using Graft.Vision.Tasks;
using Spectre.Console;

namespace Graft.Cli.Commands.Pruning;

/// <summary>A pruning as a run with a folder.</summary>
internal sealed class PruneMode(Terminal terminal, PruneRequest request, RunFolder? resumed) : RunMode<PruneRequest, PruneResult>(terminal, request, resumed)
{
    /// <summary>What the log of runs calls it.</summary>
    public const string Name = "prune";

    private Model? model;
    private ImageFolder? images, validation;

    private ScoreKind Score => ScoreKind.Of(model!.Task);

    protected override string Kind => Pruner.Kind;

    protected override string Beginning => "Judging channels";

    protected override RunConfig Open(CancellationToken cancel)
    {
        model = ModelSource.Classifier(Request.Model, Terminal, ModelSource.Limits(Request.AnySize));
        Refused(() => PruningBudget.Require(Request.Options, model));
        ImageListOptions list = new() { Task = model.Task, Names = model.Labels };
        ImageSets sets = ImageSource.Sets(Request.Images, Terminal, cancel, requiredClasses: 1, list);
        images = sets.Train;
        validation = Request.Validation is null ? sets.Validation : ImageSource.Undivided(Request.Validation, Terminal, cancel, list);
        Terminal.Note($"{Amount.Of(images.Items.Count, "image")}; {model.Network.Graph.Architecture} at {model.Preprocessing.Resolution}x{model.Preprocessing.Resolution}.");
        return new RunConfig
        {
            Command = Request.Command,
            Data = Request.Images,
            Validation = Request.Validation,
            Classes = images.Classes.Count,
            Images = images.Items.Count,
            Trunk = Request.Model,
            Mode = Name,
            ScoreName = Score.Name,
            Seed = Request.Options.Seed,
            Epochs = Request.Options.Epochs ?? 0,
        };
    }

    protected override PruneResult Train(RunWork run, WorkProgress progress, CancellationToken cancel)
    {
        PruneResult? result = null;
        Refused(() => result = Pruner.Prune(model!, images!, validation, Request.Options with { Checkpoint = run.Checkpoint }, new PruneReporter(Terminal, progress, run.Recorder), cancel));
        return result!;
    }

    protected override void Write(PruneResult result, Stream stream) => ModelFile.Save(result.Model, stream, Request.Store);

    protected override RunResult Summary(PruneResult result) => new()
    {
        ValScore = result.Judgement?.Score,
        ValLoss = (result.Judgement as ClassJudgement)?.Calibration.NegativeLogLikelihood ?? (result.Judgement as LabelJudgement)?.Metrics.Loss,
    };

    protected override object Json(PruneResult result, string model, string run) => new JsonFields
    {
        { "model", model },
        { "train_images", result.TrainImages },
        { "val_images", result.HeldOutImages },
        { $"val_{Score.Name}", ValueQuality.Known(result.Judgement?.Score ?? double.NaN), true },
        { $"val_{Score.Name}_before", ValueQuality.Known(result.Before?.Score ?? double.NaN), true },
        { "multiply_adds", result.MultiplyAdds },
        { "multiply_adds_before", result.MultiplyAddsBefore },
        { "milliseconds", result.Milliseconds },
        { "milliseconds_before", result.MillisecondsBefore },
        { "channels", result.Channels.Select(channels => new { channels.Name, channels.Before, channels.Now }) },
        { "seconds", Took.TotalSeconds },
        { "run", run },
        { "epochs", result.History.Select(epoch => new { epoch.Epoch, TrainLoss = epoch.Loss, ValLoss = epoch.Measure(Graft.Training.TrainedEpoch.HeldOutLoss), Score = epoch.Measure(Score.Name), epoch.Rate, epoch.Seconds, ImagesPerSecond = epoch.SamplesPerSecond }) },
        { "skipped", result.Skipped },
        { "notices", result.Notices },
    };

    protected override void Show(PruneResult result, string model)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumns(Tables.Number("before"), Tables.Number("now"));
        table.AddRow("multiply-adds, millions", $"{result.MultiplyAddsBefore / 1e6:0.0}", $"{result.MultiplyAdds / 1e6:0.0}");
        if (result is { MillisecondsBefore: { } before, Milliseconds: { } now }) table.AddRow("milliseconds, one thread", $"{before:0.00}", $"{now:0.00}");
        if (result is { Before: { } whole, Judgement: { } pruned }) table.AddRow(Tables.Cell($"{Score.Title} of {Amount.Of(pruned.Images, "held-out image")}"), Score.Text(whole.Score), Score.Text(pruned.Score));
        else Terminal.Warn("No image was held out, so nothing says how good the model is. That takes a --holdout above 0 and three different images of each class, or --val.");
        Terminal.Show(table);
        if (validation is null && result.Judgement is not null) Terminal.Note("These images are a part of those that were given: the whole model may have learned from them, and be better on them than on others. Judge by others with --val.");
        Quality.ShowSkipped(Terminal, result.Skipped, result.Notices);
        Terminal.Note($"{Wrote(model)}: {Amount.Of(result.Channels.Sum(channels => channels.Before - channels.Now), "channel")} fewer in {Amount.Of(result.Channels.Count, "group of layers", "groups of layers")}.");
    }

    /// <summary>A budget that is none for the model is a wrong argument.</summary>
    private static void Refused(Action work)
    {
        try
        {
            work();
        }
        catch (PruningBudgetException e)
        {
            throw new ArgumentsException(e.Message);
        }
    }
}
