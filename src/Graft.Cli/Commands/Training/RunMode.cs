using System.Diagnostics;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Runs;
using Graft.Training;
using Graft.Vision;

namespace Graft.Cli.Commands.Training;

/// <summary>A training as a run with a folder: all that trainings have in common, from the places that must be writable to the exit code. Those that derive from it say what is trained and what is told of the result.</summary>
/// <param name="terminal">Where people read it.</param>
/// <param name="request">What was asked for.</param>
/// <param name="resumed">The run to go on with; null begins one.</param>
internal abstract class RunMode<TRequest, TResult>(Terminal terminal, TRequest request, RunFolder? resumed)
    where TRequest : RunRequest
    where TResult : TrainingResult
{
    private const string LastGoodFile = "last-good.graft";

    private readonly long start = Stopwatch.GetTimestamp();

    /// <summary>The command, and what checkpoints call its trainings.</summary>
    protected abstract string Kind { get; }

    /// <summary>What is done first, in a few words.</summary>
    protected abstract string Beginning { get; }

    protected Terminal Terminal => terminal;

    protected TRequest Request => request;

    /// <summary>How long it has taken until now.</summary>
    protected TimeSpan Took => Stopwatch.GetElapsedTime(start);

    public int Run(CancellationToken cancel)
    {
        // Before the work, not after it: a place that cannot be written is known now.
        OutputFile.RequireWritableModel(request.OutputFile);
        terminal.Written.Add("--out", request.OutputFile);
        if (resumed is null) RunFolder.RequireWritable(request.Runs);
        using RunWork run = RunWork.Open(terminal, Kind, request, resumed, Open(cancel));
        return run.Do(
            () => Finish(run, terminal.Track(Beginning, progress => Train(run, progress, cancel)), cancel),
            e => e is TrainingStoppedException { LastGood: { } model } ? Keep(model, run.Folder) : "");
    }

    /// <summary>Loads what is trained and what it learns from, and says what the run's log has of it.</summary>
    protected abstract RunConfig Open(CancellationToken cancel);

    /// <summary>Trains.</summary>
    protected abstract TResult Train(RunWork run, WorkProgress progress, CancellationToken cancel);

    /// <summary>Writes the model.</summary>
    protected virtual void Write(TResult result, Stream stream) => ModelFile.Save(result.Model, stream);

    /// <summary>The model is written: does what is left before the run is finished.</summary>
    protected virtual void Saved(RunWork run, TResult result, string model, CancellationToken cancel)
    {
    }

    /// <summary>How good the result is, for the run's log.</summary>
    protected abstract RunResult Summary(TResult result);

    /// <summary>The result as data for JSON.</summary>
    protected abstract object Json(TResult result, string model, string run);

    /// <summary>Shows the result to people.</summary>
    protected abstract void Show(TResult result, string model);

    /// <summary>That the model was written, how large it is and how long all took.</summary>
    protected string Wrote(string model) => $"Wrote {model} ({OutputFile.Bytes(model) / 1e6:0.0} MB) in {Durations.Text(Took)}";

    private int Finish(RunWork run, TResult result, CancellationToken cancel)
    {
        RunModel model = RunModel.Save(terminal, run, request.OutputFile, stream => Write(result, stream));
        terminal.Remains = () => $"The model is in '{model.Path}'.";
        Saved(run, result, model.Path, cancel);
        run.Recorder.Finish(Summary(result) with { Model = Path.GetFullPath(model.Path) });
        if (request.Json) terminal.WriteJson(Json(result, model.Path, run.Folder.FullPath));
        else Show(result, model.Path);
        return model.Exit(terminal);
    }

    /// <summary>Keeps the best model of a run that stopped, where that is possible, and says where.</summary>
    private string Keep(Model model, RunFolder folder)
    {
        foreach (string file in (string[])[folder[LastGoodFile], Path.ChangeExtension(request.OutputFile, LastGoodFile)])
        {
            try
            {
                ModelFile.Save(model, file);
                return $" The best model until then is in '{file}'.";
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next place may do.
            }
        }

        return " The best model until then could not be written anywhere.";
    }
}
