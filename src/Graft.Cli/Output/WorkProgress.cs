namespace Graft.Cli.Output;

/// <summary>How far a work has come: one clock and one estimate for bars, for lines, and for who else asks. Reports may come from any thread.</summary>
internal sealed class WorkProgress(Terminal terminal, Lock gate, TimeProvider time) : IProgress<Completion>
{
    // Short work needs no words. Of long work the first moments, which begin slowly, tell nothing of the rest.
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2), Interval = TimeSpan.FromSeconds(5), Telling = TimeSpan.FromSeconds(5);
    private const int TellingParts = 20;

    private long start;
    private long from;
    private bool tellsItself;
    private TimeSpan next;

    /// <summary>What is being done.</summary>
    public string What { get; private set; } = "";

    /// <summary>How much of it is done.</summary>
    public Completion Completion { get; private set; }

    /// <summary>How long the rest will take at the speed until now; null where nothing tells, or nothing is left.</summary>
    public TimeSpan? Left
    {
        get
        {
            lock (gate)
            {
                long done = Completion.Done - from, left = Completion.Total - Completion.Done;
                TimeSpan elapsed = time.GetElapsedTime(start);
                return done > 0 && left > 0 && (elapsed >= Telling || done >= (done + left) / TellingParts) ? elapsed * ((double)left / done) : null;
            }
        }
    }

    /// <summary>Goes over to another part of the work, with an estimate of its own; nothing changes if that is under way.</summary>
    /// <param name="what">The part in a few words.</param>
    /// <param name="done">How much of it was done before: that took no time now.</param>
    /// <param name="tellsItself">Whether lines of its own say how far the part is, so that none is needed in place of a bar.</param>
    public void Begin(string what, Completion done = default, bool tellsItself = false)
    {
        lock (gate)
        {
            if (what == What) return;
            (What, this.tellsItself) = (what, tellsItself);
            Restart(done);
            terminal.Redraw(isUrgent: true);
        }
    }

    public void Report(Completion value)
    {
        lock (gate)
        {
            // Fewer than before: the same again, on other things.
            if (value.Done < Completion.Done) Restart(default);
            Completion = value;
            if (terminal.Redraw(isUrgent: false) || tellsItself || value.Done <= 0 || value.Total <= 0) return;
            TimeSpan elapsed = time.GetElapsedTime(start);
            if (elapsed < next) return;
            next = elapsed + Interval;
            terminal.Note($"{What}: {value.Done:N0} of {value.Total:N0} ({100 * value.Done / value.Total} %){(Left is { } left ? $", {Durations.Text(left)} left" : "")}");
        }
    }

    private void Restart(Completion done) => (start, from, next, Completion) = (time.GetTimestamp(), done.Done, First, done);
}
