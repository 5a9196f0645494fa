using System.Globalization;
using Graft.Cli.Output;
using Graft.Reports;
using Graft.Runs;
using Graft.Training;
using Graft.Vision;
using Graft.Vision.FineTuning;

namespace Graft.Cli.Commands.Training;

/// <summary>The result of a fine-tuning as data for JSON and as a page.</summary>
internal static class FineTuneReport
{
    /// <summary>A learning rate as people read it.</summary>
    public static string Rate(double rate) => rate.ToString(rate is > 0 and < 1e-3 ? "0.0e0" : "0.####", CultureInfo.InvariantCulture);

    /// <summary>The learning rate with what it is a part of.</summary>
    public static string Rate(FineTuneResult result) => Rate(result.LearningRate) + (result.IsRelativeRate ? " of each weight's size" : "");

    public static object Of(string output, string run, string? report, ImageFolder images, FineTuneResult result, TimeSpan took) => new
    {
        Model = output,
        Mode = "finetune",
        Kept = result.IsReadout ? "readout" : "finetune",
        HeadRefitted = result.IsHeadRefitted,
        Classes = images.Classes.Count,
        result.TrainImages,
        ValImages = result.HeldOutImages,
        ValTop1 = result.Validation?.Top1,
        Seconds = took.TotalSeconds,
        Run = run,
        Report = report,
        result.ReadoutTop1,
        result.BestEpoch,
        Epochs = result.History.Select(e => new { e.Epoch, e.Phase, TrainLoss = e.Loss, TrainTop1 = e.Measure(TrainedEpoch.TrainTop1), ValLoss = e.Measure(TrainedEpoch.HeldOutLoss), ValTop1 = e.Measure(TrainedEpoch.HeldOutTop1), e.Rate, e.Seconds, ImagesPerSecond = e.SamplesPerSecond }),
        EarlyStop = result.EarlyStop is { } stop ? new { AfterEpoch = stop.After, CoolDownEpochs = stop.CoolDown, PlannedEpochs = stop.Planned } : null,
        result.LearningRate,
        LearningRateIs = result.IsRelativeRate ? "relative" : "absolute",
        CachedImages = result.Cached,
        result.Temperature,
        ValExpectedCalibrationError = result.Calibration?.ExpectedError,
        PerClass = result.Validation is null ? null : Quality.PerClass(images.Classes, result.Validation),
        Confusion = result.Validation is null ? null : Quality.Rows(result.Validation.Confusion),
        Labels = images.Classes,
        DisputedLabels = Quality.Disputed(images.Classes, result.Disputed),
        result.Skipped,
        result.Notices,
    };

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
                .. result.ReadoutTop1 is { } readout ? (ReportFact[])[new("readout alone", Tables.Percent(readout))] : [],
            ],
            History =
            [
                .. result.History.Select(e => new HistoryRow(e.Epoch) { TrainLoss = e.Loss, ValidationLoss = e.Measure(TrainedEpoch.HeldOutLoss), ValidationTop1 = e.Measure(TrainedEpoch.HeldOutTop1), LearningRate = e.Rate }),
            ],
            Marks =
            [
                .. result.History.Zip(result.History.Skip(1)).Where(p => p.First.Phase != p.Second.Phase).Select(p => new HistoryMark(p.First.Epoch, "all unfrozen")),
                .. result.EarlyStop is { } early ? (HistoryMark[])[new(early.After, "cut short")] : [],
                .. result.BestEpoch > 0 ? (HistoryMark[])[new(result.BestEpoch, "best model")] : [],
            ],
            LearningRateTest = result.RangeTest is { } test ? new LearningRateTest([.. test.Points.Select(p => (p.Rate, p.Loss))], test.Chosen) : null,
            Validation = result.Validation,
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
