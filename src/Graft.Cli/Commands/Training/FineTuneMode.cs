using System.Diagnostics;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Reports;
using Graft.Runs;
using Graft.Training;
using Graft.Vision.FineTuning;

namespace Graft.Cli.Commands.Training;

/// <summary><c>graft train --mode finetune</c>: the whole network, as a run with a folder.</summary>
internal sealed class FineTuneMode(Terminal terminal, TrainRequest request, RunFolder? resumed)
{
    private const string LastGoodFile = "last-good.graft";

    private readonly long start = Stopwatch.GetTimestamp();

    public int Run(CancellationToken cancel)
    {
        if (resumed is null) RunFolder.RequireWritable(request.Runs);
        TrainInput input = request.Open(terminal, cancel);
        int epochs = request.Options.Epochs ?? FineTunerOptions.EpochsFor((int)(input.Images.Items.Count * (input.Validation is null ? 1 - request.Options.Readout.Holdout : 1)));
        using RunWork run = RunWork.Open(terminal, FineTuner.Kind, request, resumed, Config(input, epochs));
        FineTunerOptions options = request.Options with { Epochs = epochs, Checkpoint = run.Checkpoint, UntrainedTrunk = input.IsUntrained };
        return run.Do(
            () => Finish(run, input, terminal.Track("Computing features", progress => FineTuner.Train(input.Trunk, input.Images, input.Validation, options, new FineTuneReporter(terminal, progress, run.Recorder), cancel)), cancel),
            e => e is TrainingStoppedException { LastGood: { } model } ? Keep(model, run.Recorder) : "");
    }

    private RunConfig Config(TrainInput input, int epochs)
    {
        FineTunerOptions o = request.Options;
        return new RunConfig
        {
            Command = request.Command,
            Data = request.Images,
            Validation = request.Validation,
            Classes = input.Images.Classes.Count,
            Images = input.Images.Items.Count,
            Trunk = request.Trunk,
            Mode = "finetune",
            Seed = o.Readout.Seed,
            Epochs = epochs,
            Settings = RunWork.Settings(
                ("batch", o.Batch), ("learning_rate", o.LearningRate ?? (object)(o.FindLearningRate ? "auto" : "default")), ("optimizer", o.Optimizer.GetType().Name.Replace("Options", "").ToLowerInvariant()),
                ("weight_decay", o.WeightDecay), ("layer_decay", o.LayerDecay), ("label_smoothing", o.LabelSmoothing), ("class_weights", o.Readout.ClassWeights.Name),
                ("sampling", o.Sampling.ToString().ToLowerInvariant()), ("statistics", o.BatchStatistics ? "batch" : "frozen"), ("norm", request.Norm ?? "trunk"), ("resolution", input.Trunk.Preprocessing.Resolution)),
        };
    }

    private int Finish(RunWork run, TrainInput input, FineTuneResult result, CancellationToken cancel)
    {
        RunModel model = RunModel.Save(terminal, run, request.OutputFile, stream => ModelFile.Save(result.Model, stream));
        terminal.Remains = () => $"The model is in '{model.Path}'.";
        string? report = request.HasReport ? Report(run.Recorder, input, result, model.Path, cancel) : null;
        run.Recorder.Finish(new RunResult { Model = Path.GetFullPath(model.Path), ValTop1 = result.Validation?.Top1, ValLoss = result.Calibration?.NegativeLogLikelihood });
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        if (request.Json) terminal.WriteJson(FineTuneReport.Of(model.Path, run.Folder.FullPath, report, input.Images, result, took));
        else Show(model.Path, report, input, result, took);
        return model.Exit(terminal);
    }

    private void Show(string model, string? report, TrainInput input, FineTuneResult result, TimeSpan took)
    {
        Quality.ShowHeldOut(terminal, input.Images.Classes, result.Validation, result.Calibration, result.Judged, result.TrainImages);
        Quality.ShowDisputed(terminal, input.Images.Classes, result.Disputed);
        Quality.ShowSkipped(terminal, result.Skipped, result.Notices);
        if (result.ReadoutTop1 is { } readout && !result.IsReadout) terminal.Print($"The readout alone reached {Tables.Percent(readout)}.");
        string kept = result.IsReadout ? "the readout, fitted on all images" : result.History.Count == result.BestEpoch ? "the last epoch" : $"epoch {result.BestEpoch} of {result.History.Count}";
        if (result.IsHeadRefitted) kept += ", its head fitted again on all images";
        if (result.EarlyStop is { } stop) kept += $" ({stop.Planned} {Amount.Word(stop.Planned, "was", "were")} planned; after epoch {stop.After} the rate fell to its end)";
        terminal.Note($"Wrote {model} ({OutputFile.Bytes(model) / 1e6:0.0} MB) in {Durations.Text(took)}: {kept}.{(report is null ? "" : $" Report: {report}")}");
    }

    /// <summary>Writes the report. The model is there already: what keeps the report from being written takes nothing from it.</summary>
    private string? Report(RunRecorder recorder, TrainInput input, FineTuneResult result, string model, CancellationToken cancel)
    {
        try
        {
            ReportImages images = terminal.Track("Report", progress => ReportImages.Make(result.Model, result.Judged, result.Disputed, new ReportImagesOptions { Threads = request.Options.Readout.Threads }, progress, cancel));
            TrainingReport report = FineTuneReport.Page(recorder, request, input, result, images, model, Stopwatch.GetElapsedTime(start));
            recorder.Write(Path.GetFileName(recorder.Folder.ReportPath), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(HtmlReport.Render(report))));
            return recorder.Folder.ReportPath;
        }
        catch (RunException e)
        {
            terminal.Warn(e.Message);
        }
        catch (OperationCanceledException)
        {
            terminal.Warn("Interrupted: there is no report.");
        }

        return null;
    }

    /// <summary>Keeps the best model of a run that stopped, where that is possible, and says where.</summary>
    private string Keep(Model model, RunRecorder recorder)
    {
        foreach (string file in (string[])[recorder.Folder[LastGoodFile], Path.ChangeExtension(request.OutputFile, LastGoodFile)])
        {
            try
            {
                ModelFile.Save(model, file);
                return $" The best model until then is in '{file}'.";
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next place may do.
            }
        }

        return " The best model until then could not be written anywhere.";
    }
}
