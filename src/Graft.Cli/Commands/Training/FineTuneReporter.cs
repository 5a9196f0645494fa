using Graft.Cli.Output;
using Graft.Runs;
using Graft.Training;
using Graft.Vision.FineTuning;

namespace Graft.Cli.Commands.Training;

/// <summary>Tells people and the run's log how a fine-tuning goes.</summary>
internal sealed class FineTuneReporter(Terminal terminal, WorkProgress progress, RunRecorder recorder) : RunReporter(progress, recorder)
{
    private const string Features = "Computing features", Range = "Looking for a learning rate", Training = "Training";

    private FineTunePlan? plan;

    protected override void Tell(TrainingProgress value)
    {
        switch (value)
        {
            case FeaturesProgress { Images: var images }:
                Progress.Begin(Features);
                Progress.Report(images);
                break;
            case RangeTestProgress { Steps: var steps }:
                Progress.Begin(Range);
                Progress.Report(steps);
                break;
            case TrainingBegins { Plan: var now }:
                Begin(now);
                break;
            case RateFound { Test: var test }:
                terminal.Note($"Learning rate {FineTuneReport.Rate(test.Chosen)}. The loss over rates from {FineTuneReport.Rate(test.Points[0].Rate)} to {FineTuneReport.Rate(test.Points[^1].Rate)}:");
                terminal.Note(new TextChart("loss", [("by rate", [.. test.Points.Select(p => (double?)p.Loss)])], loss => $"{loss:0.00}", terminal.HasUnicode, "steps"));
                BeginTraining();
                break;
            case EpochDone { Epoch: var epoch, IsBest: var isBest }:
                Recorder.Epoch(new EpochMetrics
                {
                    Step = epoch.Step,
                    Epoch = epoch.Epoch,
                    Phase = epoch.Phase,
                    TrainLoss = epoch.TrainLoss,
                    TrainTop1 = epoch.TrainTop1,
                    ValLoss = epoch.ValidationLoss,
                    ValTop1 = epoch.ValidationTop1,
                    Rate = epoch.Rate,
                    Seconds = epoch.Seconds,
                });
                terminal.Note(Line(epoch, isBest));
                break;
            case CutShort { Stop: var stop, Steps: var steps }:
                plan = plan! with { Epochs = stop.Epochs, Steps = steps };
                terminal.Note($"{FineTuneReport.Stopped(stop)}.");
                break;
        }
    }

    private void Begin(FineTunePlan now)
    {
        plan = now;
        BeginTraining();
        string readout = now.ReadoutTop1 is { } top1 ? $" The readout gets {Tables.Percent(top1)} of {Amount.Of(now.ValidationImages, "held-out image")}." : "";
        string unfreeze = now.Unfreeze is null ? "" : $" Trained: {now.Unfreeze}.";
        terminal.Note(now.FirstStep > 0
            ? $"Going on after step {now.FirstStep:N0} of {now.Steps:N0}."
            : $"{Amount.Of(now.Epochs, "epoch")} over {Amount.Of(now.TrainImages, "image")}.{readout}{unfreeze}");
    }

    // Each epoch is a line.
    private void BeginTraining() => Progress.Begin(Training, new Completion(plan!.FirstStep, plan.Steps), tellsItself: true);

    private string Line(FineTuneEpoch epoch, bool isBest)
    {
        string judged = epoch.ValidationTop1 is { } top1 ? $", held out {Tables.Percent(top1)}{(isBest ? " (best)" : "")}" : "";
        string rest = Progress.Left is { } left ? $", {Durations.Text(left)} left" : "";
        return $"epoch {epoch.Epoch}/{plan!.Epochs}: loss {epoch.TrainLoss:0.000}, training {Tables.Percent(epoch.TrainTop1)}{judged}, rate {FineTuneReport.Rate(epoch.Rate)}, {epoch.ImagesPerSecond:0} images/s{rest}";
    }
}
