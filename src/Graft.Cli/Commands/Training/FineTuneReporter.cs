using System.Diagnostics;
using Graft.Cli.Output;
using Graft.Runs;
using Graft.Vision.FineTuning;

namespace Graft.Cli.Commands.Training;

/// <summary>Tells people and the run's log how a fine-tuning goes.</summary>
internal sealed class FineTuneReporter(Terminal terminal, BarProgress? bar, RunRecorder recorder) : IProgress<FineTuneProgress>
{
    private readonly IProgress<Completion>? features = terminal.PlainLines("Computing features"), range = terminal.PlainLines("Looking for a learning rate");
    private long begun;
    private FineTunePlan? plan;

    public void Report(FineTuneProgress value)
    {
        switch (value)
        {
            case FeaturesProgress { Pictures: var pictures }:
                Show("Computing features", pictures);
                features?.Report(pictures);
                break;
            case RangeTestProgress { Steps: var steps }:
                Show("Looking for a learning rate", steps);
                range?.Report(steps);
                break;
            case TrainingBegins { Plan: var now }:
                Begin(now);
                break;
            case RateFound { Test: var test }:
                terminal.Note($"Learning rate {FineTuneReport.Rate(test.Chosen)}. The loss over rates from {FineTuneReport.Rate(test.Points[0].Rate)} to {FineTuneReport.Rate(test.Points[^1].Rate)}:");
                terminal.Show(new TextChart("loss", [("by rate", [.. test.Points.Select(p => (double?)p.Loss)])], loss => $"{loss:0.00}", terminal.People.Profile.Capabilities.Unicode));
                begun = Stopwatch.GetTimestamp();
                break;
            case StepDone step:
                Show("Training", new Completion(step.Step, step.Steps));
                recorder.Step(new StepMetrics { Step = step.Step, Epoch = step.Epoch, Loss = step.Loss, Rate = step.Rate, Norm = step.GradientNorm });
                break;
            case EpochDone { Epoch: var epoch, IsBest: var isBest }:
                recorder.Epoch(new EpochMetrics
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
        }
    }

    private void Show(string what, Completion value)
    {
        bar?.Name(what);
        bar?.Report(value);
    }

    private void Begin(FineTunePlan now)
    {
        (plan, begun) = (now, Stopwatch.GetTimestamp());
        string readout = now.ReadoutTop1 is { } top1 ? $" The readout gets {Tables.Percent(top1)} of {now.ValidationImages:N0} held-out pictures." : "";
        string unfreeze = now.Unfreeze is null ? "" : $" Trained: {now.Unfreeze}.";
        terminal.Note(now.FirstStep > 0
            ? $"Going on after step {now.FirstStep:N0} of {now.Steps:N0}."
            : $"{now.Epochs} epochs over {now.TrainImages:N0} pictures.{readout}{unfreeze}");
    }

    private string Line(FineTuneEpoch epoch, bool isBest)
    {
        string judged = epoch.ValidationTop1 is { } top1 ? $", held out {Tables.Percent(top1)}{(isBest ? " (best)" : "")}" : "";
        long done = epoch.Step - plan!.FirstStep, left = plan.Steps - epoch.Step;
        string rest = left > 0 && done > 0 ? $", {Durations.Text(Stopwatch.GetElapsedTime(begun) * ((double)left / done))} left" : "";
        return $"epoch {epoch.Epoch}/{plan.Epochs}: loss {epoch.TrainLoss:0.000}, training {Tables.Percent(epoch.TrainTop1)}{judged}, rate {FineTuneReport.Rate(epoch.Rate)}, {epoch.ImagesPerSecond:0} pictures/s{rest}";
    }
}
