using Graft.Cli.Output;
using Graft.Reports;
using Graft.Runs;
using Graft.Vision;
using Graft.Vision.Checking;
using Graft.Vision.Evaluating;
using Graft.Vision.FineTuning;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Tasks;

namespace Graft.Cli.Commands.Training;

/// <summary><c>graft train</c>, as a run with a folder, a report and folds: what its modes have in common.</summary>
/// <param name="mode">What is trained, as <c>--mode</c> calls it.</param>
/// <param name="terminal">Where people read it.</param>
/// <param name="request">What was asked for.</param>
/// <param name="resumed">The run to go on with; null begins one.</param>
internal abstract class TrainMode<TResult>(string mode, Terminal terminal, TrainRequest request, RunFolder? resumed) : RunMode<TrainRequest, TResult>(terminal, request, resumed)
    where TResult : JudgedResult
{
    // Beyond, a check takes too long to be made unasked: its time grows with the square.
    private const int MostChecked = 2000;

    // Each has images of its own in hand.
    private int ReportThreads => Request.Options.Memory is null ? Request.Options.Readout.Threads : 1;

    private TrainInput? input;
    private string? report;
    private CrossValidation? folds;

    protected TrainInput Input => input!;

    protected override string Kind => FineTuner.Kind;

    protected override string Beginning => "Computing features";

    /// <summary>How many epochs are planned; 0 where there are none.</summary>
    protected abstract int Plan();

    /// <summary>Trains on other images, and judges that.</summary>
    protected abstract Judgement? TrainFold(ImageFolder learned, ImageFolder held, CancellationToken cancel);

    /// <summary>What only this mode says of its result as data.</summary>
    protected abstract JsonFields Fields(TResult result);

    /// <summary>The report with what only this mode has.</summary>
    protected abstract TrainingReport Complete(TrainingReport page, RunConfig config, TResult result);

    /// <summary>What else the result may be compared with, in a sentence; null where there is nothing.</summary>
    protected virtual string? Compared(TResult result) => null;

    /// <summary>What is kept, in a sentence that goes on.</summary>
    protected abstract string Kept(TResult result);

    protected override RunConfig Open(CancellationToken cancel)
    {
        input = Request.Open(Terminal, cancel);
        return new RunConfig
        {
            Command = Request.Command,
            Data = Request.Images,
            Validation = Request.Validation,
            Classes = input.Images.Classes.Count,
            Images = input.Images.Items.Count,
            Trunk = Request.Trunk,
            Mode = mode,
            ScoreName = ScoreKind.Of(input.Images.Task).Name,
            Seed = Request.Options.Readout.Seed,
            Epochs = Plan(),
        };
    }

    /// <summary>Trains the folds and writes the report. The model is there already: what keeps these from being made takes nothing from it.</summary>
    protected override void Saved(RunWork run, TResult result, string model, CancellationToken cancel)
    {
        if (Request.Folds > 0) RunFolds(cancel);
        if (!Request.HasReport) return;
        try
        {
            MemoryBudget.CollectFor(Request.Options);
            ReportImagesOptions shown = new() { Threads = ReportThreads };
            TrainingReport page = Terminal.Track("Report", progress => TrainingReport.Of(result, new ImageDataset(Input.Sets), shown, progress, cancel)) with
            {
                Title = Request.Name,
                Mode = mode,
                Command = run.Recorder.Config.Command,
                Created = DateTimeOffset.Now,
                Duration = Took,
                ModelFile = model,
                ModelBytes = OutputFile.Bytes(model),
                Options = [.. RequestSettings.Grouped(run.Recorder.Config.Settings).Select(setting => new ReportFact(setting.Name, setting.Value))],
            };
            page = Checked(Complete(page, run.Recorder.Config, result), run, cancel);
            run.Recorder.Write(Path.GetFileName(run.Folder.ReportPath), page.Write);
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

    /// <summary>The report with what may be wrong with the images, which a page of its own shows.</summary>
    private TrainingReport Checked(TrainingReport page, RunWork run, CancellationToken cancel)
    {
        CheckedImages images = CheckedImages.Of(Input.Sets, Input.Validation == Input.Sets.Validation ? null : Input.Validation);
        if (images.Images.Count > MostChecked) return page;
        MemoryBudget.CollectFor(Request.Options);
        ReadoutTrainerOptions how = Request.Options.Readout;
        CheckOptions options = new() { Cache = how.Cache, Threads = ReportThreads, Limits = how.Limits };
        CheckResult found = Terminal.Track("Looking at images", progress => FolderCheck.Run(Input.Trunk, images, options, new CheckStages(progress), cancel));
        if (found.IsClean) return page with { Check = found };
        CheckReport report = CheckReport.Of(found, cancellation: cancel);
        run.Recorder.Write(Path.GetFileName(run.Folder.CheckPath), report.Write);
        return page with { Check = found, CheckPage = Path.GetFileName(run.Folder.CheckPath) };
    }

    protected override RunResult Summary(TResult result) => new()
    {
        ValScore = result.Judgement?.Score,
        ValLoss = result.Calibration?.NegativeLogLikelihood ?? (result.Judgement as LabelJudgement)?.Metrics.Loss,
    };

    protected override object Json(TResult result, string model, string run)
    {
        ImageFolder images = Input.Images;
        return new JsonFields
        {
            { "model", model },
            { "mode", mode },
            { "task", images.Task == ModelTask.Classify ? null : TaskNames.Of(images.Task) },
            { "classes", images.Classes.Count },
            { "train_images", result.TrainImages },
            { "val_images", result.HeldOutImages },
            { $"val_{ScoreKind.Of(images.Task).Name}", ValueQuality.Known(result.Judgement?.Score ?? double.NaN), true },
            { "seconds", Took.TotalSeconds },
            { "run", run },
            { "report", report, true },
            Fields(result).Select(field => (field.Key, field.Value)),
            { "cached_images", result.Cached },
            { "temperature", result.Temperature },
            JudgementOutput.TrainingData(images.Classes, images.Task, result.Judgement),
            { "folds", JudgementOutput.Data(folds) },
            { "labels", images.Classes },
            { "disputed_labels", Quality.Disputed(images.Classes, result.Disputed) },
            { "skipped", result.Skipped },
            { "notices", result.Notices },
        };
    }

    protected override void Show(TResult result, string model)
    {
        ImageFolder images = Input.Images;
        JudgementOutput.ShowHeldOut(Terminal, images.Classes, result.Judgement, result.TrainImages);
        JudgementOutput.Show(Terminal, images.Task, folds);
        Quality.ShowDisputed(Terminal, images.Classes, result.Disputed);
        Quality.ShowSkipped(Terminal, result.Skipped, result.Notices);
        if (Compared(result) is { } compared) Terminal.Print(compared);
        Terminal.Note($"{Wrote(model)}: {Kept(result)}.{(report is null ? "" : $" Report: {report}")}");
    }

    /// <summary>Trains again with other images held out. Who has seen enough may interrupt.</summary>
    private void RunFolds(CancellationToken cancel)
    {
        try
        {
            folds = Terminal.Track($"{Request.Folds} folds", progress => CrossValidation.Run(
                Input.Images, Request.Folds, Request.Options.Readout.Seed, (learned, held) => TrainFold(learned, held, cancel), progress, cancel));
        }
        catch (OperationCanceledException)
        {
            Terminal.Warn("Interrupted: the folds say nothing.");
        }
    }
}
