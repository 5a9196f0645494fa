using Graft.Cli.Output;
using Graft.Runs;
using Graft.Training;

namespace Graft.Cli.Commands.Training;

/// <summary>Tells people and the run's log how a training goes: the steps; those that derive from it tell the rest.</summary>
internal abstract class RunReporter(WorkProgress progress, RunRecorder recorder) : IProgress<TrainingProgress>
{
    protected WorkProgress Progress => progress;

    protected RunRecorder Recorder => recorder;

    public void Report(TrainingProgress value)
    {
        Tell(value);
        if (value is not StepDone step) return;
        progress.Report(new Completion(Cost(step.Step), Cost(step.Steps)));
        recorder.Step(new StepMetrics { Step = step.Step, Epoch = step.Epoch, Loss = step.Loss, Rate = step.Rate, Norm = step.GradientNorm });
    }

    /// <summary>What the first steps cost, where some take longer than others.</summary>
    protected virtual long Cost(long steps) => steps;

    /// <summary>Tells what is not a step.</summary>
    protected abstract void Tell(TrainingProgress value);
}
