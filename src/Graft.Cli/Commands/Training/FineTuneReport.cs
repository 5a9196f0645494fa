using System.Globalization;
using Graft.Cli.Output;
using Graft.Reports;
using Graft.Runs;
using Graft.Training;
using Graft.Vision;
using Graft.Vision.Evaluating;
using Graft.Vision.FineTuning;
using Graft.Vision.Tasks;

namespace Graft.Cli.Commands.Training;

/// <summary>The result of a fine-tuning as data for JSON and as a page.</summary>
internal static class FineTuneReport
{
    /// <summary>A learning rate as people read it.</summary>
    public static string Rate(double rate) => rate.ToString(rate is > 0 and < 1e-3 ? "0.0e0" : "0.####", CultureInfo.InvariantCulture);

    /// <summary>The learning rate with what it is a part of.</summary>
    public static string Rate(FineTuneResult result) => Rate(result.LearningRate) + (result.IsRelativeRate ? " of each weight's size" : "");

    public static object Of(string output, string run, string? report, ImageFolder images, FineTuneResult result, CrossValidation? folds, TimeSpan took) => new JsonFields
    {
        { "model", output },
        { "mode", "finetune" },
        { "task", images.Task == ModelTask.Classify ? null : ListArguments.NameOf(images.Task) },
        { "kept", result.IsReadout ? "readout" : "finetune" },
        { "head_refitted", result.IsHeadRefitted },
        { "classes", images.Classes.Count },
        { "train_images", result.TrainImages },
        { "val_images", result.HeldOutImages },
        { $"val_{ScoreKind.Of(images.Task).Name}", ValueQuality.Known(result.Judgement?.Score ?? double.NaN), true },
        { "seconds", took.TotalSeconds },
        { "run", run },
        { "report", report, true },
        { $"readout_{ScoreKind.Of(images.Task).Name}", ValueQuality.Known(result.ReadoutScore ?? double.NaN), true },
        { "best_epoch", result.BestEpoch },
        { "epochs", result.History.Select(epoch => Epoch(ScoreKind.Of(images.Task).Name, epoch)), true },
        { "early_stop", result.EarlyStop is { } stop ? new { AfterEpoch = stop.After, CoolDownEpochs = stop.CoolDown, PlannedEpochs = stop.Planned } : null, true },
        { "learning_rate", result.LearningRate },
        { "learning_rate_is", result.IsRelativeRate ? "relative" : "absolute" },
        { "cached_images", result.Cached },
        { "temperature", result.Temperature },
        JudgementOutput.TrainingData(images.Classes, images.Task, result.Judgement),
        { "folds", JudgementOutput.Data(folds) },
        { "labels", images.Classes },
        { "disputed_labels", Quality.Disputed(images.Classes, result.Disputed) },
        { "skipped", result.Skipped },
        { "notices", result.Notices },
    };

    private static JsonFields Epoch(string score, TrainedEpoch epoch) => new()
    {
        { "epoch", epoch.Epoch },
        { "phase", epoch.Phase },
        { "train_loss", epoch.Loss },
        { TrainedEpoch.Learned("loss"), Measure(epoch, TrainedEpoch.Learned(TrainedEpoch.HeldOutLoss)), true },
        { TrainedEpoch.Learned(score), Measure(epoch, TrainedEpoch.Learned(score)), true },
        { "val_loss", Measure(epoch, TrainedEpoch.HeldOutLoss), true },
        { $"val_{score}", Measure(epoch, score), true },
        { "rate", epoch.Rate },
        { "seconds", epoch.Seconds },
        { "images_per_second", epoch.SamplesPerSecond },
    };

    private static double? Measure(TrainedEpoch epoch, string name) => ValueQuality.Known(epoch.Measure(name) ?? double.NaN);

    public static TrainingReport Page(RunRecorder recorder, TrainRequest request, TrainInput input, FineTuneResult result, ReportImages images, string model, TimeSpan took) =>
        new(request.Name, input.Images.Classes)
        {
            Mode = result.IsReadout ? "readout" : "finetune",
            DataFolder = input.Images.Path,
            TrainImages = result.TrainImages,
            ValidationImages = result.HeldOutImages,
            Trunk = $"{result.Model.Network.Graph.Architecture} at {result.Model.Preprocessing.Resolution}x{result.Model.Preprocessing.Resolution}",
            Settings =
            [
                .. recorder.Config.Settings.Select(s => new ReportFact(s.Key.Replace('_', ' '), s.Value)),
                new("epochs", $"{result.History.Count} of {recorder.Config.Epochs}"), new("highest learning rate", Rate(result)), new("seed", $"{recorder.Config.Seed}"),
                .. result.EarlyStop is { } stop ? (ReportFact[])[new("stopped early", RunReporter.Stopped(stop))] : [],
                .. result.ReadoutScore is { } readout ? (ReportFact[])[new("readout alone", ScoreKind.Of(input.Images.Task).Said(readout))] : [],
            ],
            History =
            [
                .. result.History.Select(e => new HistoryRow(e.Epoch)
                {
                    LearnedLoss = e.Measure(TrainedEpoch.Learned(TrainedEpoch.HeldOutLoss)),
                    LearnedScore = e.Measure(TrainedEpoch.Learned(ScoreKind.Of(input.Images.Task).Name)),
                    ValidationLoss = e.Measure(TrainedEpoch.HeldOutLoss),
                    ValidationScore = e.Measure(ScoreKind.Of(input.Images.Task).Name),
                    LearningRate = e.Rate,
                }),
            ],
            Marks =
            [
                .. result.History.Zip(result.History.Skip(1)).Where(p => p.First.Phase != p.Second.Phase).Select(p => new HistoryMark(p.First.Epoch, "all unfrozen")),
                .. result.EarlyStop is { } early ? (HistoryMark[])[new(early.After, "cut short")] : [],
                .. result.BestEpoch > 0 ? (HistoryMark[])[new(result.BestEpoch, "best model")] : [],
            ],
            LearningRateTest = result.RangeTest is { } test ? new LearningRateTest([.. test.Points.Select(p => (p.Rate, p.Loss))], test.Chosen) : null,
            Validation = result.Validation,
            LabelValidation = result.Judgement as LabelJudgement,
            ValueValidation = result.Judgement as ValueJudgement,
            Score = ScoreKind.Of(input.Images.Task),
            Margins = result.Model.Margins,
            Coverage = result.Model.Coverage,
            Calibration = result.Calibration,
            Temperature = result.Temperature,
            Images = images,
            Skipped = result.Skipped,
            Notices = result.Notices,
            Command = recorder.Config.Command,
            Created = DateTimeOffset.Now,
            Duration = took,
            ModelFile = model,
            ModelBytes = OutputFile.Bytes(model),
            IsRefitted = result.IsReadout || result.IsHeadRefitted,
        };
}
