namespace Graft.Hosting;

/// <summary>
/// Looks at a file again and again, and has it loaded when it has changed and rests. Looking, where others wait to be told, works for every file system: network shares, mounted volumes and links that are turned to
/// another file.
/// </summary>
internal sealed class FileWatch : IDisposable
{
    private readonly ModelSwap swap;
    private readonly string path;
    private readonly TimeSpan interval;
    private readonly ITimer timer;
    private FileStamp? seen;

    /// <summary>Begins to look.</summary>
    public FileWatch(ModelSwap swap, string path, TimeSpan interval, TimeProvider clock)
    {
        (this.swap, this.path, this.interval, seen) = (swap, path, interval, FileStamp.Of(path));
        timer = clock.CreateTimer(static watch => ((FileWatch)watch!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        timer.Change(interval, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose() => timer.Dispose();

    /// <summary>Looks once.</summary>
    public void Look()
    {
        FileStamp? now = FileStamp.Of(path), before = seen;
        seen = now;
        if (now == before && !swap.IsHandled(now)) swap.Load(LoadCause.Change);
    }

    // The next look begins an interval after the end of this one, so that they never overlap.
    private void Tick()
    {
        try
        {
            Look();
        }
        catch (Exception)
        {
            // Recorded and logged where it happened, or the host stops. What is thrown on a timer's thread would end the process.
        }

        timer.Change(interval, Timeout.InfiniteTimeSpan);
    }
}
