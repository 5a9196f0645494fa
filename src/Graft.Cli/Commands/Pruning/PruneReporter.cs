using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Runs;
using Graft.Training;
using Graft.Vision.Tasks;

namespace Graft.Cli.Commands.Pruning;

/// <summary>Tells people and the run's log how the training after a pruning goes.</summary>
internal sealed class PruneReporter(Terminal terminal, WorkProgress progress, RunRecorder recorder) : RunReporter(terminal, progress, recorder, "Training")
{
    protected override string Planned(TrainingBegins begins) => $"{Amount.Of(begins.Epochs, "epoch")} over {Amount.Of(begins.TrainSamples, "image")}.";

    protected override string Line(TrainedEpoch epoch)
    {
        ScoreKind score = ScoreKind.Of(ScoreName);
        string judged = epoch.Measure(score.Name) is { } measure ? $", held out {score.Said(measure)}" : "";
        return $"epoch {epoch.Epoch}/{Plan!.Epochs}: loss {epoch.Loss:0.000}{judged}, rate {FineTuneMode.Rate(epoch.Rate)}";
    }
}
