using Graft.Cli.Output;
using Graft.Formats;
using Graft.Runs;

namespace Graft.Cli.Commands.Training;

/// <summary>The model that a run ends with: in the file that was asked for, and in the run's folder. Where only one of them can be written, that one is the result.</summary>
/// <param name="Path">Where the model is.</param>
/// <param name="Problem">Why it is not where it was asked for; null where it is.</param>
internal sealed record RunModel(string Path, string? Problem)
{
    /// <summary>The exit code of a run that ends with it, after what kept it from its place was said.</summary>
    public int Exit(Terminal terminal)
    {
        if (Problem is null) return ExitCode.Done;
        terminal.Error(Problem);
        return ExitCode.Failed;
    }

    /// <summary>Writes both, and deletes the checkpoint, which nobody needs then.</summary>
    /// <exception cref="GraftException">Neither can be written: the run can go on from its checkpoint.</exception>
    public static RunModel Save(Terminal terminal, RunWork run, string output, Action<Stream> write)
    {
        Exception? lost = null;

        // First the file that was asked for: what follows is of less worth.
        try
        {
            AtomicFile.Write(output, write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            lost = e;
        }

        string kept = run.Folder.ModelPath;
        try
        {
            run.Recorder.Write(System.IO.Path.GetFileName(kept), write);
            File.Delete(run.Checkpoint);
        }
        catch (RunException e) when (lost is null)
        {
            terminal.Warn(e.Message);
        }
        catch (RunException e)
        {
            throw new GraftException($"{OutputFile.Failure(output, lost!)} It could not be kept in the run's folder either: {e.Message}", lost!);
        }

        return lost is null ? new(output, null) : new(kept, OutputFile.Failure(output, lost) + OutputFile.KeptIn(kept));
    }
}
