using System.CommandLine;
using Graft.Cli.Output;
using Graft.Runs;
using Graft.Training;

namespace Graft.Cli.Commands.Training;

/// <summary>Work that is recorded as a run: however it ends, the run's folder says so, and people read what is kept and how to go on.</summary>
/// <param name="terminal">Where people read it.</param>
/// <param name="recorder">The run.</param>
/// <param name="command">The command that goes on with such a run.</param>
internal sealed class RunWork(Terminal terminal, RunRecorder recorder, string command) : IDisposable
{
    /// <summary>The run.</summary>
    public RunRecorder Recorder => recorder;

    /// <summary>The run's folder.</summary>
    public RunFolder Folder => recorder.Folder;

    /// <summary>The file that the state is kept in.</summary>
    public string Checkpoint => CheckpointOf(recorder.Folder);

    /// <summary>Does what a command line asks for: begins a run, or goes on with one by the words that it began with.</summary>
    /// <param name="terminal">Where people read of it.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="command">The command, and what checkpoints call its trainings.</param>
    /// <param name="read">What a command line asks for.</param>
    /// <param name="run">Runs it: anew, or in the folder of a run.</param>
    public static int Start<T>(Terminal terminal, ParseResult parsed, string command, Func<ParseResult, T> read, Func<T, RunFolder?, int> run)
        where T : RunRequest
    {
        T request = read(parsed);
        if (request.Resume is null) return run(request, null);
        string[] others = [.. Given(parsed).Except([Arguments.ResumeName, Arguments.RunsName, Arguments.JsonName, Arguments.AnySizeName])];
        if (others.Length > 0) throw new ArgumentsException($"A run goes on with the options that it began with: leave out {string.Join(" and ", others)}, or begin a new one.");
        RunFolder folder = RunFolder.Find(request.Runs, request.Resume);
        terminal.Remains = () => GoOn(command, folder);
        RunConfig config = folder.ReadConfig();
        if (File.Exists(folder.ModelPath)) throw new RunException($"The run '{folder.Name}' is finished: its model is '{folder.ModelPath}'. There is nothing to go on with.");
        if (CommandOf(config.Mode) is var other && other != command) throw new RunException($"The run '{folder.Name}' is one of 'graft {other}'. To go on with it: graft {other} --resume {request.Resume}");
        ParseResult words = parsed.RootCommandResult.Command.Parse([.. config.Arguments]);
        if (words.Errors.Count > 0 || config.Arguments.IsEmpty) throw new RunException($"The run '{folder.Name}' cannot go on: its command line, '{config.Command}', is not one that this version of Graft knows. Start it again.");
        T began = read(words);
        return run((T)(began with { Json = request.Json, AnySize = request.AnySize || began.AnySize }), folder);
    }

    /// <summary>Opens the run: a new one with its settings, or one that goes on from its checkpoint.</summary>
    public static RunWork Open(Terminal terminal, string command, RunRequest request, RunFolder? resumed, RunConfig config)
    {
        RunRecorderOptions options = new() { Root = request.Runs, Warnings = new Warnings(terminal) };
        if (resumed is not null && !File.Exists(CheckpointOf(resumed))) terminal.Note("Nothing was kept of this run yet: it starts from its beginning.");
        if (resumed is not null) return new(terminal, RunRecorder.Resume(resumed, CheckpointOf(resumed) is var file && File.Exists(file) ? TrainingCheckpoint.StepOf(command, file) : 0, options), command);
        return new(terminal, RunRecorder.Start(
            config with
            {
                Settings = request.Settings,
                Arguments = request.Arguments,
                WorkingFolder = Environment.CurrentDirectory,
                Version = typeof(RunWork).Assembly.GetName().Version?.ToString(3) ?? "",
            },
            options), command);
    }

    /// <summary>The options that stand in the command line.</summary>
    private static IEnumerable<string> Given(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name);

    /// <summary>The file that a run's state is kept in.</summary>
    private static string CheckpointOf(RunFolder folder) => folder["checkpoint.safetensors"];

    /// <summary>A sentence that says how to go on with a run.</summary>
    private static string GoOn(string command, RunFolder folder) => $"To go on: graft {command} --resume {folder.FullPath}";

    private static string CommandOf(string mode) => mode switch
    {
        Distilling.DistillMode.Name => Vision.Distillation.Distiller.Kind,
        Pruning.PruneMode.Name => Vision.Pruning.Pruner.Kind,
        Quantizing.QuantizeMode.Name => Vision.Quantization.Quantizer.Kind,
        Style.StyleMode.Name => Vision.Stylization.StyleTrainer.Kind,
        _ => Vision.FineTuning.FineTuner.Kind,
    };

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

    public void Dispose() => recorder.Dispose();

    private sealed class Warnings(Terminal terminal) : IProgress<string>
    {
        public void Report(string value) => terminal.Warn(value);
    }
}
