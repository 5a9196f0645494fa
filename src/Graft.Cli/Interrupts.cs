using System.Runtime.InteropServices;
using Graft.Cli.Output;

namespace Graft.Cli;

/// <summary>
/// What is done when the process is asked to end, by Ctrl+C, by its terminal's closing, or by another program. The first time the work stops at its next safe point, and keeps what it has;
/// the second time, or where no safe point comes, the process ends at once: a checkpoint on the disk is whole at any moment.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Terminal terminal;
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private int count;

    public Interrupts(Terminal terminal)
    {
        this.terminal = terminal;
        registrations = [.. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP]).Select(signal => PosixSignalRegistration.Create(signal, Handle))];
    }

    /// <summary>Tells the work to stop.</summary>
    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations) registration.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref count) > 1) End();

        // Not in the handler: what is told to stop may take its time, and the next signal must come through.
        _ = source.CancelAsync();
        _ = Task.Delay(Patience).ContinueWith(_ => End(), TaskScheduler.Default);
    }

    private void End()
    {
        terminal.SayInterrupted();
        Environment.Exit(ExitCode.Interrupted);
    }
}
