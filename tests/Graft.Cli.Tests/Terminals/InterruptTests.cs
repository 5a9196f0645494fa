using System.Diagnostics;

namespace Graft.Cli.Tests.Terminals;

/// <summary>The tool asked to end while it works.</summary>
public sealed class InterruptTests(Pictures pictures) : IClassFixture<Pictures>
{
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task TheSecondInterruptEndsItAtOnce(int milliseconds)
    {
        Tool.RequireInterrupts();
        string folder = pictures.NewFolder(), styles = Path.Combine(folder, "styles");
        Assert.Equal(0, (await Tool.Run("sample", "styles", "--size", "256", "--out", styles)).ExitCode);

        // One step of this takes seconds: no safe point comes between the two.
        using Process process = Tool.Start(
            "style", "train", "--style", Path.Combine(styles, "waves.png"), pictures.Folder, "--steps", "300", "--batch", "32", "--size", "256", "--out", Path.Combine(folder, "style.graft"));
        Task<string> error = process.StandardError.ReadToEndAsync(Cancel);
        await Task.Delay(3000, Cancel);
        await Tool.Signal(process, "INT");
        await Task.Delay(milliseconds, Cancel);
        Stopwatch watch = Stopwatch.StartNew();
        await Tool.Signal(process, "INT");
        await process.WaitForExitAsync(Cancel);
        Assert.Equal(130, process.ExitCode);
        Assert.DoesNotContain("xception", await error);

        // Two signals at the same time may be one to the system: then the work ends at its next safe point.
        if (milliseconds > 0) Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
    }

    [Theory]
    [InlineData("HUP")]
    [InlineData("TERM")]
    public async Task ATerminalThatClosesLeavesARunThatGoesOn(string signal)
    {
        Tool.RequireInterrupts();
        string folder = pictures.NewFolder(), runs = Path.Combine(folder, "runs");
        using Process process = Tool.Start(
            "train", pictures.Folder, "--resolution", "64", "--epochs", "200", "--patience", "1000", "--batch", "8", "--no-report", "--runs", runs, "--out", Path.Combine(folder, "m.graft"));
        Task<string> error = process.StandardError.ReadToEndAsync(Cancel);
        while (!process.HasExited && !(Directory.Exists(runs) && Directory.EnumerateFiles(runs, "checkpoint.safetensors", SearchOption.AllDirectories).Any())) await Task.Delay(5, Cancel);
        await Tool.Signal(process, signal);
        await process.WaitForExitAsync(Cancel);
        Assert.Equal(130, process.ExitCode);
        Assert.EndsWith($"Interrupted. To go on: graft train --resume {Assert.Single(Directory.GetDirectories(runs))}\n", await error);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
