using Graft.Cli.Output;
using Graft.Reports;
using Graft.Runs;
using Graft.Vision.Evaluating;
using Graft.Vision.FineTuning;
using Graft.Vision.Tasks;

namespace Graft.Cli.Commands.Training;

/// <summary><c>graft train --mode finetune</c>: the whole network, as a run with a folder.</summary>
internal sealed class FineTuneMode(Terminal terminal, TrainRequest request, RunFolder? resumed) : RunMode<TrainRequest, FineTuneResult>(terminal, request, resumed)
{
    private TrainInput? input;
    private FineTunerOptions? options;
    private string? report;
    private CrossValidation? folds;

    protected override string Kind => FineTuner.Kind;

    protected override string Beginning => "Computing features";

    protected override RunConfig Open(CancellationToken cancel)
    {
        input = Request.Open(Terminal, cancel);
        int epochs = Request.Options.Epochs ?? FineTunerOptions.EpochsFor((int)(input.Images.Items.Count * (input.Validation is null ? 1 - Request.Options.Readout.Holdout : 1)));
        FineTunerOptions o = options = Request.Options with { Epochs = epochs, UntrainedTrunk = input.IsUntrained };
        return new RunConfig
        {
            Command = Request.Command,
            Data = Request.Images,
            Validation = Request.Validation,
            Classes = input.Images.Classes.Count,
            Images = input.Images.Items.Count,
            Trunk = Request.Trunk,
            Mode = "finetune",
            ScoreName = ScoreKind.Of(input.Images.Task).Name,
            Seed = o.Readout.Seed,
            Epochs = epochs,
            Settings = RunWork.Settings(
                ("batch", o.Batch), ("learning_rate", o.LearningRate ?? (object)(o.FindLearningRate ? "auto" : "default")), ("optimizer", o.Optimizer.GetType().Name.Replace("Options", "").ToLowerInvariant()),
                ("weight_decay", o.WeightDecay), ("layer_decay", o.LayerDecay), ("label_smoothing", o.LabelSmoothing), ("class_weights", o.Readout.ClassWeights.Name),
                ("sampling", o.Sampling.ToString().ToLowerInvariant()), ("statistics", o.BatchStatistics ? "batch" : "frozen"), ("norm", Request.Norm ?? "trunk"), ("resolution", input.Trunk.Preprocessing.Resolution)),
        };
    }

    protected override FineTuneResult Train(RunWork run, WorkProgress progress, CancellationToken cancel) =>
        FineTuner.Train(input!.Trunk, input.Images, input.Validation, options! with { Checkpoint = run.Checkpoint }, new FineTuneReporter(Terminal, progress, run.Recorder), cancel);

    /// <summary>Writes the report. The model is there already: what keeps the report from being written takes nothing from it.</summary>
    protected override void Saved(RunWork run, FineTuneResult result, string model, CancellationToken cancel)
    {
        if (Request.Folds > 0) RunFolds(cancel);
        if (!Request.HasReport) return;
        try
        {
            ReportImagesOptions shown = new() { Threads = Request.Options.Readout.Threads };
            ReportImages images = Terminal.Track("Report", progress => result.Judgement is LabelJudgement or ValueJudgement
                ? ReportImages.MakeWorst(result.Model, result.Judgement, shown, progress, cancel)
                : ReportImages.Make(result.Model, result.Judged, result.Disputed, shown, progress, cancel));
            TrainingReport page = FineTuneReport.Page(run.Recorder, Request, input!, result, images, model, Took);
            run.Recorder.Write(Path.GetFileName(run.Folder.ReportPath), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(HtmlReport.Render(page))));
            report = run.Folder.ReportPath;
        }
        catch (RunException e)
        {
            Terminal.Warn(e.Message);
        }
        catch (OperationCanceledException)
        {
            Terminal.Warn("Interrupted: there is no report.");
        }
    }

    /// <summary>Trains again with other images held out. The model is there already: who has seen enough may interrupt.</summary>
    private void RunFolds(CancellationToken cancel)
    {
        try
        {
            folds = Terminal.Track($"{Request.Folds} folds", progress => CrossValidation.Run(
                input!.Images, Request.Folds, Request.Options.Readout.Seed, (learned, held) => FineTuner.Train(input.Trunk, learned, held, options, null, cancel).Judgement, progress, cancel));
        }
        catch (OperationCanceledException)
        {
            Terminal.Warn("Interrupted: the folds say nothing.");
        }
    }

    protected override RunResult Summary(FineTuneResult result) => new() { ValScore = result.Judgement?.Score, ValLoss = result.Calibration?.NegativeLogLikelihood ?? (result.Judgement as LabelJudgement)?.Metrics.Loss };

    protected override object Json(FineTuneResult result, string model, string run) => FineTuneReport.Of(model, run, report, input!.Images, result, folds, Took);

    protected override void Show(FineTuneResult result, string model)
    {
        JudgementOutput.ShowHeldOut(Terminal, input!.Images.Classes, result.Judgement, result.TrainImages);
        JudgementOutput.Show(Terminal, input.Images.Task, folds);
        Quality.ShowDisputed(Terminal, input.Images.Classes, result.Disputed);
        Quality.ShowSkipped(Terminal, result.Skipped, result.Notices);
        if (result.ReadoutScore is { } readout && !result.IsReadout) Terminal.Print($"The readout alone reached {ScoreKind.Of(input.Images.Task).Said(readout)}.");
        string kept = result.IsReadout ? "the readout, fitted on all images" : result.History.Count == result.BestEpoch ? "the last epoch" : $"epoch {result.BestEpoch} of {result.History.Count}";
        if (result.IsHeadRefitted) kept += ", its head fitted again on all images";
        if (result.EarlyStop is { } stop) kept += $" ({stop.Planned} {Amount.Word(stop.Planned, "was", "were")} planned; after epoch {stop.After} the rate fell to its end)";
        Terminal.Note($"{Wrote(model)}: {kept}.{(report is null ? "" : $" Report: {report}")}");
    }
}
