using Graft.Vision.Checking;

namespace Graft.Cli.Output;

/// <summary>What a check of images is at, in words.</summary>
internal sealed class CheckStages(WorkProgress progress) : IProgress<CheckProgress>
{
    public void Report(CheckProgress value)
    {
        progress.Begin(value.Stage switch
        {
            CheckStage.Copies => "Comparing images",
            CheckStage.Labels => "Judging labels",
            _ => "Looking at images",
        });
        progress.Report(value.Completion);
    }
}
