using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Runs;
using Graft.Training;
using Graft.Vision.Distillation;

namespace Graft.Cli.Commands.Distilling;

/// <summary>Tells people and the run's log how a distillation goes.</summary>
internal sealed class DistillReporter(Terminal terminal, WorkProgress progress, RunRecorder recorder) : RunReporter(progress, recorder)
{
    private DistillBegins? plan;

    protected override void Tell(TrainingProgress value)
    {
        switch (value)
        {
            case DistillBegins begins:
                plan = begins;
                Progress.Begin("Distilling", new Completion(Cost(begins.FirstStep), Cost(begins.Steps)), tellsItself: true);
                terminal.Note(begins.FirstStep > 0
                    ? $"Going on after step {begins.FirstStep:N0} of {begins.Steps:N0}."
                    : $"{Amount.Of(begins.Steps, "step")} over {Amount.Of(begins.TrainImages, "image")}, {begins.JudgedImages:N0} held out. From epoch: {string.Join(", ", begins.Phases.Select(p => $"{p.FirstEpoch} {p.Name}"))}. Matched: {string.Join(", ", begins.Matched)}.");
                break;
            case DistillEpochDone { Epoch: var epoch }:
                Recorder.Epoch(new EpochMetrics
                {
                    Step = epoch.Step,
                    Epoch = epoch.Epoch,
                    Phase = epoch.Phase,
                    TrainLoss = epoch.Loss,
                    ValLoss = 1 - epoch.Cosine,
                    Rate = epoch.Rate,
                    Seconds = epoch.Seconds,
                });
                terminal.Note(Line(epoch));
                break;
        }
    }

    private string Line(DistillEpoch epoch)
    {
        string judged = epoch.Cosine is { } cosine ? $", held out: cosine {cosine:0.0000}, unexplained {Tables.Percent(epoch.Unexplained ?? 0)}" : "";
        string rest = Progress.Left is { } left ? $", {Durations.Text(left)} left" : "";
        return $"epoch {epoch.Epoch} ({epoch.Phase}): loss {epoch.Loss:0.0000}{judged}, rate {epoch.Rate:0.0e0}, {epoch.ImagesPerSecond:0} images/s{rest}";
    }

    /// <summary>What the first steps cost, in pixels of an image each: those with small images take less time.</summary>
    protected override long Cost(long steps)
    {
        long cost = 0;
        foreach (DistillSpan span in plan!.Phases)
        {
            cost += Math.Min(steps, span.Steps) * span.Resolution * span.Resolution;
            steps -= Math.Min(steps, span.Steps);
        }

        return cost;
    }
}
