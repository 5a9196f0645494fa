using Graft.Cli.Output;
using Graft.Runs;
using Graft.Training;

namespace Graft.Cli.Commands.Training;

/// <summary>Tells people and the run's log how a training goes; those that derive from it find the words for its plan and its epochs.</summary>
/// <param name="terminal">Where people read it.</param>
/// <param name="progress">What shows how far it is.</param>
/// <param name="recorder">The run's log.</param>
/// <param name="title">What its steps do, in a few words.</param>
internal class RunReporter(Terminal terminal, WorkProgress progress, RunRecorder recorder, string title) : IProgress<TrainingProgress>
{
    protected Terminal Terminal => terminal;

    /// <summary>What the score of the run is called.</summary>
    protected string ScoreName => recorder.Config.ScoreName;

    /// <summary>What was told of the training as it began, with the epochs and steps that it has now.</summary>
    protected TrainingBegins? Plan { get; private set; }

    /// <summary>What became of the planned epochs.</summary>
    public static string Stopped(EarlyStop stop) => $"Nothing better came until epoch {stop.After}, so the rate falls to its end by epoch {stop.Epochs} of {stop.Planned}";

    public void Report(TrainingProgress value)
    {
        switch (value)
        {
            case PartProgress part:
                progress.Begin(part.Part);
                progress.Report(part.Completion);
                break;
            case TrainingBegins begins:
                Plan = begins;
                BeginSteps();
                if (begins.FirstStep > 0) terminal.Note($"Going on after step {begins.FirstStep:N0} of {begins.Steps:N0}.");
                else if (Planned(begins) is { } planned) terminal.Note(string.Join(' ', [planned, .. begins.Remarks]));
                break;
            case StepDone step:
                progress.Report(new Completion(Cost(step.Step), Cost(step.Steps)));
                recorder.Step(new StepMetrics { Step = step.Step, Epoch = step.Epoch, Loss = step.Loss, Rate = step.Rate, Norm = step.GradientNorm });
                break;
            case EpochDone { Epoch: var epoch } when Line(epoch) is { } line:
                recorder.Epoch(new EpochMetrics
                {
                    Step = epoch.Step,
                    Epoch = epoch.Epoch,
                    Phase = epoch.Phase,
                    TrainLoss = epoch.Loss,
                    LearnedLoss = epoch.Measure(TrainedEpoch.Learned(TrainedEpoch.HeldOutLoss)),
                    LearnedScore = epoch.Measure(TrainedEpoch.Learned(recorder.Config.ScoreName)),
                    ValLoss = epoch.Measure(TrainedEpoch.HeldOutLoss),
                    ValScore = epoch.Measure(recorder.Config.ScoreName),
                    Rate = epoch.Rate,
                    Seconds = epoch.Seconds,
                });
                terminal.Note($"{line}, {epoch.SamplesPerSecond:0} images/s{(progress.Left is { } left ? $", {Durations.Text(left)} left" : "")}");
                break;
            case CutShort { Stop: var stop, Steps: var steps }:
                Plan = Plan! with { Epochs = stop.Epochs, Steps = steps };
                terminal.Note($"{Stopped(stop)}.");
                break;
            default:
                Tell(value);
                break;
        }
    }

    /// <summary>Goes over to the steps, of which each epoch is a line.</summary>
    protected void BeginSteps() => progress.Begin(title, new Completion(Cost(Plan!.FirstStep), Cost(Plan.Steps)), tellsItself: true);

    /// <summary>What will be done, in a sentence before the remarks on it; null where there is nothing to say.</summary>
    protected virtual string? Planned(TrainingBegins begins) => null;

    /// <summary>An epoch in words, without its speed; null where epochs are no matter of the training.</summary>
    protected virtual string? Line(TrainedEpoch epoch) => null;

    /// <summary>Tells what only this training has to tell.</summary>
    protected virtual void Tell(TrainingProgress value)
    {
    }

    /// <summary>What the first steps cost: those of some phases take less time than others.</summary>
    private long Cost(long steps)
    {
        long cost = 0, perEpoch = Plan!.Steps / Plan.Epochs;
        foreach (TrainingPhase phase in Plan.Phases)
        {
            long of = Math.Min(steps, phase.Epochs * perEpoch);
            cost += of * phase.StepCost;
            steps -= of;
        }

        return cost;
    }
}
