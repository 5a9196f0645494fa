using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Graft.Hosting;

/// <summary>
/// Holds the classifier that is served, and exchanges it. A new one is loaded and tried aside, one load at a time, and then takes the place of the old one in a single write. The old one is disposed with the last call that had
/// entered it before.
/// </summary>
internal sealed class ModelSwap : IDisposable
{
    private readonly Lock loading = new();
    private readonly string name, path;
    private readonly int threads;
    private readonly Measures measures;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private volatile ServedClassifier? current;
    private volatile ReloadFailure? failure;
    private FileStamp? handled;
    private bool mustRetry;

    /// <summary>Loads the first model.</summary>
    /// <exception cref="GraftException">The file cannot be served.</exception>
    public ModelSwap(string name, string path, int threads, Measures measures, TimeProvider clock, ILogger logger)
    {
        (this.name, this.path, this.threads, this.measures, this.clock, this.logger) = (name, path, threads, measures, clock, logger);
        Load(LoadCause.Start);
    }

    /// <summary>What is served.</summary>
    public ServedModel Model => Current.Model;

    /// <summary>Why the file, as it is now, is not; null where it is.</summary>
    public ReloadFailure? Failure => failure;

    private ServedClassifier Current => current ?? throw new ObjectDisposedException(nameof(IImageClassifier), "The image classifier was disposed: its host has stopped.");

    /// <summary>The classifier that is served, for one use, which ends with <see cref="ServedClassifier.Leave"/>.</summary>
    public ServedClassifier Enter()
    {
        // One that lets nobody in was exchanged after it was read here.
        while (true)
        {
            ServedClassifier served = Current;
            if (served.TryEnter()) return served;
        }
    }

    /// <summary>Whether a file with this stamp, or none, is what was loaded or refused last.</summary>
    public bool IsHandled(FileStamp? stamp)
    {
        lock (loading) return stamp == handled && !mustRetry;
    }

    /// <summary>Loads the file, and serves it.</summary>
    /// <exception cref="GraftException">The file cannot be served; what was served is.</exception>
    public ServedModel Load(LoadCause cause)
    {
        lock (loading)
        {
            ServedClassifier? old = cause == LoadCause.Start ? null : Current;
            FileStamp? before = FileStamp.Of(path);
            long start = Stopwatch.GetTimestamp();
            try
            {
                LoadedFile file = LoadedFile.Load(path, threads, cause == LoadCause.Change ? old!.Model.Sha256 : null);
                TimeSpan took = Stopwatch.GetElapsedTime(start);
                measures.Loaded(took, cause, error: null);
                (handled, mustRetry) = (file.Stamp, false);
                if (file.Classifier is null) Log.Same(logger, path);
                else Serve(file, old, took);
                failure = null;
                return Current.Model;
            }
            catch (FileWrittenException) when (cause == LoadCause.Change)
            {
                // It did not rest after all: the next looks will see when it does.
                mustRetry = true;
                return old!.Model;
            }
            catch (Exception e)
            {
                measures.Loaded(Stopwatch.GetElapsedTime(start), cause, e);
                string reason = e.Message.Contains(path, StringComparison.Ordinal) ? e.Message : $"{path}: {e.Message}";
                if (old is not null) Keep(old, before, e, reason);
                throw new GraftException($"{name} cannot be served: {reason}", e);
            }
        }
    }

    /// <summary>Serves nothing any more. Calls that are under way end as usual.</summary>
    public void Dispose()
    {
        lock (loading) Interlocked.Exchange(ref current, null)?.Leave();
    }

    private void Serve(LoadedFile file, ServedClassifier? old, TimeSpan took)
    {
        ImmutableArray<string> labels = file.Classifier!.Labels;
        ServedModel model = new(path, file.Sha256, clock.GetUtcNow(), (old?.Model.Number ?? 0) + 1, labels);
        measures.Came();
        current = new ServedClassifier(file.Classifier, model, measures.Went);
        old?.Leave();
        Log.Serving(logger, path, model.Sha256, model.Number, labels.Length, took.TotalSeconds);
        if (old is not null && !old.Model.Labels.SequenceEqual(labels)) Log.LabelsChanged(logger, path, string.Join(", ", old.Model.Labels), string.Join(", ", labels));
    }

    private void Keep(ServedClassifier old, FileStamp? stamp, Exception e, string reason)
    {
        // What is in a file stays wrong until it changes; what the system said may pass by itself.
        (handled, mustRetry) = (stamp, e is not GraftException and not FileNotFoundException and not DirectoryNotFoundException);
        bool isNew = failure?.Reason != reason;
        failure = new ReloadFailure(reason, clock.GetUtcNow());
        if (isNew) Log.Kept(logger, e, path, old.Model.LoadedAt, reason);
    }
}
