using System.Diagnostics;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Vision;
using Graft.Vision.Evaluating;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Tasks;

namespace Graft.Cli.Commands.Training;

/// <summary><c>graft train --mode readout</c>: the head alone.</summary>
internal static class ReadoutMode
{
    public static int Run(Terminal terminal, TrainRequest request, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        OutputFile.RequireWritable(request.OutputFile);
        TrainInput input = request.Open(terminal, cancel);
        if (request.Options.Readout.Cache is { MaximumBytes: > 0 }) terminal.Remains = () => "Features that were computed are kept: the same command takes less time again.";
        ReadoutResult result = terminal.Track("Computing features", progress => ReadoutTrainer.Train(input.Trunk, input.Images, input.Validation, request.Options.Readout, progress, cancel));
        CrossValidation? folds = request.Folds == 0 ? null : terminal.Track($"{request.Folds} folds", progress => CrossValidation.Run(
            input.Images, request.Folds, request.Options.Readout.Seed, (learned, held) => ReadoutTrainer.Train(input.Trunk, learned, held, request.Options.Readout, null, cancel).Judgement, progress, cancel));
        OutputFile.Write(request.OutputFile, stream => ModelFile.Save(result.Model, stream));
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        if (request.Json) terminal.WriteJson(Report(request.OutputFile, input.Images, result, folds, took));
        else Show(terminal, request.OutputFile, input.Images, result, folds, took);
        return ExitCode.Done;
    }

    private static object Report(string output, ImageFolder images, ReadoutResult result, CrossValidation? folds, TimeSpan took) => new JsonFields
    {
        { "model", output },
        { "mode", "readout" },
        { "task", images.Task == ModelTask.Classify ? null : ListArguments.NameOf(images.Task) },
        { "classes", images.Classes.Count },
        { "train_images", result.TrainImages },
        { "val_images", result.ValidationImages },
        { $"val_{ScoreKind.Of(images.Task).Name}", ValueQuality.Known(result.Judgement?.Score ?? double.NaN), true },
        { "seconds", took.TotalSeconds },
        { "cached_images", result.Cached },
        { "penalty", result.Penalty },
        { "temperature", result.Temperature },
        JudgementOutput.TrainingData(images.Classes, images.Task, result.Judgement),
        { "folds", JudgementOutput.Data(folds) },
        { "labels", images.Classes },
        { "disputed_labels", Quality.Disputed(images.Classes, result.Disputed) },
        { "skipped", result.Skipped.Select(s => new { s.Path, s.Reason }) },
        { "notices", result.Notices.Select(s => new { s.Path, s.Reason }) },
    };

    private static void Show(Terminal terminal, string output, ImageFolder images, ReadoutResult result, CrossValidation? folds, TimeSpan took)
    {
        JudgementOutput.ShowHeldOut(terminal, images.Classes, result.Judgement, result.TrainImages);
        JudgementOutput.Show(terminal, images.Task, folds);
        Quality.ShowDisputed(terminal, images.Classes, result.Disputed);
        Quality.ShowSkipped(terminal, result.Skipped, result.Notices);
        string cached = result.Cached > 0 ? $", features of {Amount.Of(result.Cached, "image")} known from an earlier run" : "";
        terminal.Note($"Wrote {output} ({OutputFile.Bytes(output) / 1e6:0.0} MB) in {Durations.Text(took)}{cached}. The readout in it was fitted on all {Amount.Of(result.TrainImages + result.ValidationImages, "image")}.");
    }
}
