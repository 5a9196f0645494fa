using System.Globalization;
using System.Text;
using Graft.Runs.TensorBoard;

namespace Graft.Runs;

/// <summary>
/// Keeps a run while it goes: its folder, its log, TensorBoard's events and its row in the database. The folder must work; the database need not, and is
/// brought up to date when it works again. Not for several threads at once.
/// </summary>
/// <remarks>
/// A trainer calls <see cref="Epoch"/> before it writes the checkpoint of that epoch with <see cref="Write"/>: then a checkpoint never knows of a step
/// that the log does not, and <see cref="Resume"/> only has to cut what lies behind the checkpoint.
/// </remarks>
public sealed class RunRecorder : IDisposable
{
    // Someone may be following the log of a long epoch.
    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(5);

    private readonly RunRecorderOptions options;
    private readonly RunLock @lock;
    private readonly RunLog log;
    private readonly EventFile? events;
    private readonly List<EpochMetrics> epochs;
    private readonly long start;
    private readonly double secondsBefore;
    private long flushed;
    private bool warned;
    private bool ended;
    private bool lost;

    private RunRecorder(RunFolder folder, RunConfig config, RunLock @lock, IReadOnlyList<EpochMetrics> epochs, EventFile? events, RunRecorderOptions options)
    {
        (Folder, Config, this.@lock, this.events, this.options) = (folder, config, @lock, events, options);
        this.epochs = [.. epochs];
        log = new RunLog(folder.LogPath);
        start = flushed = options.Time.GetTimestamp();
        secondsBefore = epochs.Sum(e => e.Seconds ?? 0);
    }

    /// <summary>The run's folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>What the run was asked to do.</summary>
    public RunConfig Config { get; }

    /// <summary>The epochs so far, those before a resumption too.</summary>
    public IReadOnlyList<EpochMetrics> Epochs => epochs;

    private double Seconds => secondsBefore + options.Time.GetElapsedTime(start).TotalSeconds;

    /// <summary>Begins a run: makes its folder and writes its configuration.</summary>
    /// <param name="config">What it is asked to do.</param>
    /// <param name="options">How it is kept.</param>
    /// <exception cref="RunException">The folder cannot be made or written to.</exception>
    public static RunRecorder Start(RunConfig config, RunRecorderOptions? options = null)
    {
        options ??= new RunRecorderOptions();
        config = config with { Created = options.Time.GetUtcNow() };
        (RunFolder folder, RunLock @lock) = RunFolder.Create(options.Root, config.Data, options.Time);
        try
        {
            folder.WriteConfig(config);
            RunLog.Make(folder);
            EventFile? events = options.TensorBoard ? EventFile.Make(folder, options.Time) : null;
            events?.Text("config", Describe(config), 0);
            events?.Flush();
            RunRecorder recorder = new(folder, config, @lock, [], events, options);
            recorder.Save(RunState.Running);
            return recorder;
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>Goes on with a run: cuts its log and its events behind the checkpoint, so that nothing appears in them twice.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="step">The steps that the checkpoint has behind it; 0 where there is no checkpoint.</param>
    /// <param name="options">How the run is kept. Its root is not used: it is the folder that the run's folder lies in.</param>
    /// <exception cref="RunException">The run is going in another process, or its folder cannot be read or written to.</exception>
    public static RunRecorder Resume(RunFolder folder, long step, RunRecorderOptions? options = null)
    {
        options = (options ?? new RunRecorderOptions()) with { Root = folder.Root };
        RunConfig config = folder.ReadConfig();
        RunLock @lock = Take(folder);
        try
        {
            RunHistory history = RunLog.Truncate(folder, step);
            EventFile.Truncate(folder, step);
            EventFile? events = options.TensorBoard ? EventFile.Make(folder, options.Time) : null;
            events?.Restart(step + 1);
            events?.Flush();
            RunRecorder recorder = new(folder, config, @lock, history.Epochs, events, options);
            recorder.Save(RunState.Running);
            return recorder;
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>Logs a step. It reaches the disk with the next epoch, or after a few seconds.</summary>
    /// <exception cref="RunException">The folder is gone or the disk is full.</exception>
    public void Step(StepMetrics metrics)
    {
        log.Add(metrics);
        events?.Scalar("step/loss", metrics.Loss, metrics.Step);
        events?.Scalar("step/rate", metrics.Rate, metrics.Step);
        events?.Scalar("step/norm", metrics.Norm, metrics.Step);
        if (options.Time.GetElapsedTime(flushed) > FlushInterval) Flush();
    }

    /// <summary>Logs an epoch and writes everything to the disk.</summary>
    /// <exception cref="RunException">The folder is gone or the disk is full.</exception>
    public void Epoch(EpochMetrics metrics)
    {
        log.Add(metrics);
        events?.Scalar("epoch/train_loss", metrics.TrainLoss, metrics.Step);
        events?.Scalar("epoch/learned_loss", metrics.LearnedLoss, metrics.Step);
        events?.Scalar($"epoch/learned_{Config.ScoreName}", metrics.LearnedScore, metrics.Step);
        events?.Scalar("epoch/val_loss", metrics.ValLoss, metrics.Step);
        events?.Scalar($"epoch/val_{Config.ScoreName}", metrics.ValScore, metrics.Step);
        events?.Scalar("epoch/rate", metrics.Rate, metrics.Step);
        epochs.Add(metrics);
        Flush();
        Save(RunState.Running);
    }

    /// <summary>Writes a file into the run's folder, such as a checkpoint or the model: whole or not at all, and after what has been logged.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="write">Writes its bytes.</param>
    /// <exception cref="RunException">The folder is gone or the disk is full. A file of that name stays as it was.</exception>
    public void Write(string file, Action<Stream> write)
    {
        Flush();
        Folder.Write(file, write);
    }

    /// <summary>Writes to the disk what has been logged.</summary>
    /// <exception cref="RunException">The folder is gone or the disk is full.</exception>
    public void Flush()
    {
        flushed = options.Time.GetTimestamp();
        log.Flush();
        events?.Flush();
    }

    /// <summary>The run is done.</summary>
    public void Finish(RunResult result) => End(RunState.Finished, result);

    /// <summary>The run stopped with an error.</summary>
    /// <param name="message">What happened, for the user.</param>
    public void Fail(string message) => End(RunState.Failed, new RunResult { Message = message });

    /// <summary>The user stopped the run.</summary>
    /// <param name="message">What there is to say of it.</param>
    public void Interrupt(string? message = null) => End(RunState.Interrupted, new RunResult { Message = message });

    /// <summary>Lets go of the run. One that was not said to be finished, failed or interrupted has failed.</summary>
    public void Dispose()
    {
        if (!ended) Fail("The program left the run without saying why.");
        @lock.Dispose();
    }

    private static RunLock Take(RunFolder folder)
    {
        try
        {
            return RunLock.TryTake(folder.FullPath)
                ?? throw new RunException($"The run '{folder.Name}' is going in another process. Wait until that has ended, or stop it.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunFolder.NotWritten(folder.ConfigPath, e);
        }
    }

    /// <summary>Ends the run. What stopped it may also be what keeps its last lines from the disk, so that here this is only a warning.</summary>
    private void End(RunState state, RunResult result)
    {
        if (ended) return;
        ended = true;
        try
        {
            Flush();
        }
        catch (RunException e)
        {
            options.Warnings?.Report(e.Message);
            lost = true;
        }

        Save(state, result);
    }

    // First the folder, which is what counts; the database only finds runs faster.
    private void Save(RunState state, RunResult? result = null)
    {
        RunStatus status = RunStatus.Of(state, epochs, Seconds, result);
        try
        {
            Folder.WriteStatus(status);
        }
        catch (RunException e) when (ended)
        {
            // What kept the last lines of the log from the disk has been told.
            if (!lost) options.Warnings?.Report(e.Message);
        }

        // A database that stays locked would cost its whole waiting time again in every epoch; what it missed is saved at the end.
        if (warned && state == RunState.Running) return;
        try
        {
            RunStore.Open(options.Root).Save(status.Summary(Folder.Name, Config), epochs);
        }
        catch (RunException e)
        {
            if (!warned) options.Warnings?.Report($"{e.Message} The run goes on without it.");
            warned = true;
        }
    }

    /// <summary>The configuration as a table in Markdown.</summary>
    private static string Describe(RunConfig config)
    {
        StringBuilder text = new("| setting | value |\n|---|---|\n");
        Row("command", config.Command);
        Row("data", config.Data);
        Row("images", config.Images.ToString(CultureInfo.InvariantCulture));
        Row("classes", config.Classes.ToString(CultureInfo.InvariantCulture));
        Row("trunk", config.Trunk);
        Row("mode", config.Mode);
        Row("seed", config.Seed.ToString(CultureInfo.InvariantCulture));
        Row("epochs", config.Epochs.ToString(CultureInfo.InvariantCulture));
        foreach ((string name, string value) in config.Settings) Row(name, value);
        return text.ToString();

        void Row(string name, string value) => text.Append("| ").Append(Cell(name)).Append(" | ").Append(Cell(value)).Append(" |\n");

        static string Cell(string value) => value.Replace("\\", "\\\\").Replace("|", "\\|").Replace("`", "\\`").Replace("<", "&lt;").ReplaceLineEndings(" ");
    }
}
