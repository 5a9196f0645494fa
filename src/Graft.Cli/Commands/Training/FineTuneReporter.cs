using Graft.Cli.Output;
using Graft.Runs;
using Graft.Training;
using Graft.Vision.FineTuning;
using Graft.Vision.Tasks;

namespace Graft.Cli.Commands.Training;

/// <summary>Tells people and the run's log how a fine-tuning goes.</summary>
internal sealed class FineTuneReporter(Terminal terminal, WorkProgress progress, RunRecorder recorder) : RunReporter(terminal, progress, recorder, "Training")
{
    protected override string Planned(TrainingBegins begins) => $"{Amount.Of(begins.Epochs, "epoch")} over {Amount.Of(begins.TrainSamples, "image")}.";

    protected override string Line(TrainedEpoch epoch)
    {
        ScoreKind score = ScoreKind.Of(ScoreName);
        string judged = epoch.Measure(score.Name) is { } measure ? $", held out {score.Said(measure)}{(epoch.IsBest ? " (best)" : "")}" : "";
        string learned = epoch.Measure(TrainedEpoch.Learned(score.Name)) is { } part ? $", training {score.Text(part)}" : "";
        return $"epoch {epoch.Epoch}/{Plan!.Epochs}: loss {epoch.Loss:0.000}{learned}{judged}, rate {FineTuneMode.Rate(epoch.Rate)}";
    }

    protected override void Tell(TrainingProgress value)
    {
        if (value is not RateFound { Test: var test }) return;
        Terminal.Note($"Learning rate {FineTuneMode.Rate(test.Chosen)}. The loss over rates from {FineTuneMode.Rate(test.Points[0].Rate)} to {FineTuneMode.Rate(test.Points[^1].Rate)}:");
        Terminal.Note(new TextChart("loss", [("by rate", [.. test.Points.Select(p => (double?)p.Loss)])], loss => $"{loss:0.00}", Terminal.HasUnicode, "steps"));
        BeginSteps();
    }
}
