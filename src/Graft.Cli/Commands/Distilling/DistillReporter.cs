using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Runs;
using Graft.Training;
using Graft.Vision.Distillation;

namespace Graft.Cli.Commands.Distilling;

/// <summary>Tells people and the run's log how a distillation goes.</summary>
internal sealed class DistillReporter(Terminal terminal, WorkProgress progress, RunRecorder recorder) : RunReporter(terminal, progress, recorder, "Distilling")
{
    protected override string Planned(TrainingBegins begins)
    {
        IEnumerable<string> phases = begins.Phases.Select((phase, i) => $"{begins.Phases.Take(i).Sum(earlier => earlier.Epochs) + 1} {phase.Name}");
        return $"{Amount.Of(begins.Steps, "step")} over {Amount.Of(begins.TrainSamples, "image")}, {begins.HeldOutSamples:N0} held out. From epoch: {string.Join(", ", phases)}.";
    }

    protected override string Line(TrainedEpoch epoch)
    {
        string judged = epoch.Measure(DistillResult.Cosine) is { } cosine ? $", held out: cosine {cosine:0.0000}, unexplained {Tables.Percent(epoch.Measure(DistillResult.Unexplained) ?? 0)}" : "";
        return $"epoch {epoch.Epoch} ({epoch.Phase}): loss {epoch.Loss:0.0000}{judged}, rate {epoch.Rate:0.0e0}";
    }
}
