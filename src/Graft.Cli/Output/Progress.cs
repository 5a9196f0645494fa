using Spectre.Console;

namespace Graft.Cli.Output;

/// <summary>A bar on a terminal.</summary>
internal sealed class BarProgress(ProgressTask task) : IProgress<Completion>
{
    /// <summary>Says what is being done.</summary>
    public void Name(string what)
    {
        if (task.Description != what) task.Description = what;
    }

    public void Report(Completion value)
    {
        task.MaxValue = Math.Max(value.Total, 1);
        task.Value = value.Done;
    }
}

/// <summary>A line of plain text now and then, where there is no terminal; nothing for work of under two seconds.</summary>
internal sealed class PlainProgress(string what, Terminal terminal, TimeProvider time) : IProgress<Completion>
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2), Interval = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly long start = time.GetTimestamp();
    private TimeSpan next = First;

    public void Report(Completion value)
    {
        lock (gate)
        {
            TimeSpan elapsed = time.GetElapsedTime(start);
            if (elapsed < next || value.Done <= 0 || value.Total <= 0) return;
            next = elapsed + Interval;
            TimeSpan left = elapsed * ((double)(value.Total - value.Done) / value.Done);
            terminal.Note($"{what}: {value.Done:N0} of {value.Total:N0} ({100 * value.Done / value.Total} %), {Durations.Text(left)} left");
        }
    }
}
