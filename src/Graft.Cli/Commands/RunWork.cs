using Graft.Cli.Output;
using Graft.Runs;

namespace Graft.Cli.Commands;

/// <summary>Work that is recorded as a run: however it ends, the run's folder says so, and people read what is kept and how to go on.</summary>
/// <param name="terminal">Where people read it.</param>
/// <param name="recorder">The run.</param>
/// <param name="command">The command that goes on with such a run.</param>
internal sealed class RunWork(Terminal terminal, RunRecorder recorder, string command)
{
    /// <summary>The run.</summary>
    public RunRecorder Recorder => recorder;

    /// <summary>The run's folder.</summary>
    public RunFolder Folder => recorder.Folder;

    /// <summary>The file that the state is kept in.</summary>
    public string Checkpoint => CheckpointOf(recorder.Folder);

    /// <summary>The file that a run's state is kept in.</summary>
    public static string CheckpointOf(RunFolder folder) => folder["checkpoint.safetensors"];

    /// <summary>A sentence that says how to go on with a run.</summary>
    public static string GoOn(string command, RunFolder folder) => $"To go on: graft {command} --resume {folder.FullPath}";

    /// <summary>Does the work.</summary>
    /// <param name="work">The work; it gives the exit code.</param>
    /// <param name="kept">A sentence about what is kept where an error stops it.</param>
    public int Do(Func<int> work, Func<Exception, string>? kept = null)
    {
        terminal.Note($"Run: {Folder.FullPath}");
        terminal.Remains = () => GoOn(command, Folder);
        try
        {
            return work();
        }
        catch (OperationCanceledException)
        {
            recorder.Interrupt();
            throw;
        }
        catch (Exception e) when (e is GraftException or IOException or UnauthorizedAccessException)
        {
            recorder.Fail(e.Message);
            terminal.Error(e.Message + kept?.Invoke(e));

            // Whose disk was full may make room; a loss that is not a number comes again.
            if (ExitCode.IsMachine(e) && File.Exists(Checkpoint)) terminal.Note(GoOn(command, Folder));
            return ExitCode.Of(e);
        }
        catch (Exception e)
        {
            recorder.Fail(e.Message);
            throw;
        }
    }
}
