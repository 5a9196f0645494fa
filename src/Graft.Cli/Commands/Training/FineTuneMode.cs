using System.Diagnostics;
using System.Globalization;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Reports;
using Graft.Runs;
using Graft.Vision.FineTuning;

namespace Graft.Cli.Commands.Training;

/// <summary><c>graft train --mode finetune</c>: the whole network, as a run with a folder.</summary>
internal sealed class FineTuneMode(Terminal terminal, TrainRequest request, RunFolder? resumed)
{
    private const string CheckpointFile = "checkpoint.safetensors", LastGoodFile = "last-good.graft";

    private readonly long start = Stopwatch.GetTimestamp();

    public int Run(CancellationToken cancel)
    {
        TrainInput input = request.Open(terminal, cancel);
        int epochs = request.Options.Epochs ?? FineTunerOptions.EpochsFor((int)(input.Images.Items.Count * (input.Validation is null ? 1 - request.Options.Readout.Holdout : 1)));
        using RunRecorder recorder = Recorder(input, epochs);
        terminal.Note($"Run: {recorder.Folder.FullPath}");
        FineTunerOptions options = request.Options with { Epochs = epochs, Checkpoint = recorder.Folder[CheckpointFile], UntrainedTrunk = input.IsUntrained };
        try
        {
            FineTuneResult result = terminal.Track("Computing features", progress => FineTuner.Train(input.Trunk, input.Images, input.Validation, options, new FineTuneReporter(terminal, progress, recorder), cancel));
            Finish(recorder, input, result, cancel);
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            recorder.Interrupt();
            terminal.Note($"Interrupted. To go on: graft train --resume {recorder.Folder.FullPath}");
            return ExitCode.Interrupted;
        }
        catch (FineTuneException e)
        {
            recorder.Fail(e.Message);
            terminal.Error(e.Message + Keep(e.LastGood, recorder));
            return ExitCode.Failed;
        }
        catch (Exception e)
        {
            recorder.Fail(e.Message);
            throw;
        }
    }

    private RunRecorder Recorder(TrainInput input, int epochs)
    {
        RunRecorderOptions options = new() { Root = request.Runs, Warnings = new Warnings(terminal) };
        if (resumed is not null) return RunRecorder.Resume(resumed, File.Exists(resumed[CheckpointFile]) ? FineTuner.StepOf(resumed[CheckpointFile]) : 0, options);
        RunConfig config = new()
        {
            Command = "graft " + string.Join(' ', request.Arguments.Select(word => word.Contains(' ') ? $"\"{word}\"" : word)),
            Arguments = request.Arguments,
            WorkingFolder = Environment.CurrentDirectory,
            Version = typeof(FineTuneMode).Assembly.GetName().Version?.ToString(3) ?? "",
            Data = request.Images,
            Validation = request.Validation,
            Classes = input.Images.Classes.Count,
            Images = input.Images.Items.Count,
            Trunk = request.Trunk,
            Mode = "finetune",
            Seed = request.Options.Readout.Seed,
            Epochs = epochs,
        };
        FineTunerOptions o = request.Options;
        return RunRecorder.Start(
            config with
            {
                Settings = config.Settings
                    .Add("batch", Text(o.Batch)).Add("learning_rate", o.LearningRate is { } rate ? Text(rate) : o.FindLearningRate ? "auto" : "default").Add("optimizer", o.Optimizer.GetType().Name.Replace("Options", "").ToLowerInvariant())
                    .Add("weight_decay", Text(o.WeightDecay)).Add("layer_decay", Text(o.LayerDecay)).Add("label_smoothing", Text(o.LabelSmoothing))
                    .Add("class_weights", o.Readout.ClassWeights.Name).Add("sampling", o.Sampling.ToString().ToLowerInvariant())
                    .Add("statistics", o.BatchStatistics ? "batch" : "frozen").Add("norm", request.Norm ?? "trunk").Add("resolution", Text(input.Trunk.Preprocessing.Resolution)),
            },
            options);
    }

    private void Finish(RunRecorder recorder, TrainInput input, FineTuneResult result, CancellationToken cancel)
    {
        // First the file that was asked for: what follows is of less worth.
        ModelFile.Save(result.Model, request.OutputFile);
        string? report = null;
        try
        {
            recorder.Write(Path.GetFileName(recorder.Folder.ModelPath), stream => ModelFile.Save(result.Model, stream));
            if (request.HasReport) report = WriteReport(recorder, input, result, cancel);
            File.Delete(recorder.Folder[CheckpointFile]);
        }
        catch (RunException e)
        {
            terminal.Warn(e.Message);
        }

        recorder.Finish(new RunResult { Model = Path.GetFullPath(request.OutputFile), ValTop1 = result.Validation?.Top1, ValLoss = result.Calibration?.NegativeLogLikelihood });
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        if (request.Json)
        {
            terminal.WriteJson(FineTuneReport.Of(request.OutputFile, recorder.Folder.FullPath, report, input.Images, result, took));
            return;
        }

        Quality.ShowHeldOut(terminal, input.Images.Classes, result.Validation, result.Calibration, result.Judged, result.TrainImages);
        Quality.ShowDisputed(terminal, input.Images.Classes, result.Disputed);
        Quality.ShowSkipped(terminal, result.Skipped, result.Notices);
        if (result.ReadoutTop1 is { } readout && !result.IsReadout) terminal.Print($"The readout alone reached {Tables.Percent(readout)}.");
        string kept = result.IsReadout ? "the readout, fitted on all pictures" : result.History.Count == result.BestEpoch ? "the last epoch" : $"epoch {result.BestEpoch} of {result.History.Count}";
        if (result.IsHeadRefitted) kept += ", its head fitted again on all pictures";
        if (result.EarlyStop is { } stop) kept += $" ({stop.Planned} were planned; after epoch {stop.After} the rate fell to its end)";
        terminal.Note($"Wrote {request.OutputFile} ({OutputFile.Bytes(request.OutputFile) / 1e6:0.0} MB) in {Durations.Text(took)}: {kept}.{(report is null ? "" : $" Report: {report}")}");
    }

    private string WriteReport(RunRecorder recorder, TrainInput input, FineTuneResult result, CancellationToken cancel)
    {
        ReportPictures pictures = terminal.Track("Report", progress => ReportPictures.Make(result.Model, result.Judged, result.Disputed, new ReportPicturesOptions { Threads = request.Options.Readout.Threads }, progress, cancel));
        TrainingReport report = FineTuneReport.Page(recorder, request, input, result, pictures, Stopwatch.GetElapsedTime(start));
        recorder.Write(Path.GetFileName(recorder.Folder.ReportPath), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(HtmlReport.Render(report))));
        return recorder.Folder.ReportPath;
    }

    /// <summary>Keeps the best model of a run that stopped, where that is possible, and says where.</summary>
    private string Keep(Model? model, RunRecorder recorder)
    {
        if (model is null) return "";
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

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private sealed class Warnings(Terminal terminal) : IProgress<string>
    {
        public void Report(string value) => terminal.Warn(value);
    }
}
