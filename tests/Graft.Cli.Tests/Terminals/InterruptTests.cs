using System.Diagnostics;

namespace Graft.Cli.Tests.Terminals;

/// <summary>The tool asked to end while it works.</summary>
public sealed class InterruptTests(Images images) : IClassFixture<Images>
{
    private const string Nothing = "Nothing of it was kept: the same command begins anew.";

    [Fact]
    public async Task AStyleThatIsInterruptedSaysHowToGoOn()
    {
        Tool.RequireInterrupts();
        string folder = images.NewFolder(), runs = Path.Combine(folder, "runs"), output = Path.Combine(folder, "style.graft");

        // A step of this takes seconds, and is not waited for.
        using Process process = Tool.Start([.. await Styling(), "--steps", "300", "--batch", "16", "--size", "256", "--runs", runs, "--out", output]);
        Task<string> error = process.StandardError.ReadToEndAsync(Cancel);
        await Task.Delay(4000, Cancel);
        await Tool.Signal(process, "TERM");
        await process.WaitForExitAsync(Cancel);
        Assert.Equal(130, process.ExitCode);
        Assert.EndsWith($"Interrupted. To go on: graft style train --resume {Assert.Single(Directory.GetDirectories(runs))}\n", await error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task TheSecondInterruptEndsItAtOnceAndWhatIsKeptIsSaidOnce(int milliseconds)
    {
        Tool.RequireInterrupts();
        string folder = images.NewFolder(), runs = Path.Combine(folder, "runs"), go;
        using (Process process = Tool.Start(Training(folder, runs)))
        {
            Task<string> said = process.StandardError.ReadToEndAsync(Cancel);
            await UntilCheckpoint(process, runs);
            await Interrupt(process, milliseconds);
            go = $"Interrupted. To go on: graft train --resume {Assert.Single(Directory.GetDirectories(runs))}\n";
            EndsWithOnce(go, await said);
        }

        // Gone on with at once, and interrupted again at some moment: while images are found, or in a step.
        foreach (int delay in (int[])[400, 1500])
        {
            using Process process = Tool.Start("train", "--resume", "last", "--runs", runs);
            Task<string> said = process.StandardError.ReadToEndAsync(Cancel);
            await Task.Delay(delay, Cancel);
            await Interrupt(process, milliseconds);
            if (process.ExitCode != 130 || (await said).Length == 0) Assert.SkipWhen(true, "The machine is so slow that the tool had not begun to listen.");

            // Before it has found the run it names none.
            string text = await said;
            EndsWithOnce(((string[])["Interrupted. To go on: the same command again.\n", "Interrupted. Nothing was begun.\n"]).FirstOrDefault(text.EndsWith, go), text);
        }

        static void EndsWithOnce(string end, string text)
        {
            Assert.EndsWith(end, text);
            Assert.Equal(2, text.Split("Interrupted.").Length);
            Assert.DoesNotContain("xception", text);
        }

        static async Task Interrupt(Process process, int milliseconds)
        {
            await Tool.Signal(process, "INT");
            await Task.Delay(milliseconds, Cancel);
            if (!process.HasExited) await Tool.Signal(process, "INT");
            await process.WaitForExitAsync(Cancel);
        }
    }

    [Fact]
    public async Task WhatIsSaidIsWhatTheCommandLeaves()
    {
        string folder = images.NewFolder(), table = Path.Combine(folder, "t.csv"), drawn = Path.Combine(folder, "drawn"), split = Path.Combine(folder, "split");
        Assert.Equal(0, (await Tool.Run("sample", "series", "--steps", "3000", "--out", table)).ExitCode);
        string rose = Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0];
        (int Milliseconds, string[] Arguments, string Said)[] cases =
        [
            (300, ["bench", images.Model], Nothing),
            (200, ["forecast", table, "--target", "visitors", "--out", Path.Combine(folder, "f.graft")], Nothing),
            (300, ["reservoir", "search", table, "--target", "visitors", "--trials", "100", "--out", Path.Combine(folder, "f.graft")], Nothing),
            (0, ["evaluate", images.Model, images.Folder], Nothing),
            (0, ["predict", images.Model, rose], Nothing),
            (0, ["compare", images.Model, images.Model, images.Folder], Nothing),
            (0, ["split", images.Folder, "--out", split], Nothing),
            (300, ["sample", "flowers", "--out", drawn], $"The images that were drawn are in '{drawn}'; the same command draws all again."),
            (300, ["sample", "flowers-plain", "--out", drawn], $"The images that were drawn are in '{drawn}'; the same command draws all again."),
        ];
        foreach ((int milliseconds, string[] arguments, string said) in cases)
        {
            Outcome run = await Tool.RunFor(TimeSpan.FromMilliseconds(milliseconds), arguments);
            Assert.True(run.ExitCode == 130, $"{string.Join(' ', arguments)}: {run.ExitCode} {run.Error}");
            Assert.Equal("", run.Output);
            Assert.EndsWith($"Interrupted. {said}\n", run.Error);
        }

        Assert.Equal([drawn, table], Directory.GetFileSystemEntries(folder).Order());
    }

    [Theory]
    [InlineData("HUP")]
    [InlineData("TERM")]
    public async Task ATerminalThatClosesLeavesARunThatGoesOn(string signal)
    {
        Tool.RequireInterrupts();
        string folder = images.NewFolder(), runs = Path.Combine(folder, "runs");
        using Process process = Tool.Start(Training(folder, runs));
        Task<string> error = process.StandardError.ReadToEndAsync(Cancel);
        await UntilCheckpoint(process, runs);
        await Tool.Signal(process, signal);
        await process.WaitForExitAsync(Cancel);
        Assert.Equal(130, process.ExitCode);
        Assert.EndsWith($"Interrupted. To go on: graft train --resume {Assert.Single(Directory.GetDirectories(runs))}\n", await error);
    }

    [Fact]
    public async Task WhoWaitsForStandardInputEndsAtOnce()
    {
        Tool.RequireInterrupts();
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Tool.Path, "predict", images.Model, "-"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync(Cancel);
        await Task.Delay(3000, Cancel);
        await Tool.Signal(process, "INT");
        await process.WaitForExitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.Equal((130, $"Interrupted. {Nothing}\n"), (process.ExitCode, await error));
    }

    [Fact]
    public async Task ATerminalIsToldThatItIsReadFrom()
    {
        PseudoTerminal.Require();
        Tool.RequireInterrupts();
        (_, string sent) = await PseudoTerminal.Shell(new TerminalKind(Columns: 120), $"timeout --foreground --signal INT --kill-after 20 5 {PseudoTerminal.Command("predict", images.Model, "-")}");
        Assert.Contains("Reading paths from standard input, one a line. Ctrl+D ends them.", sent);
        Assert.Contains("Interrupted.", sent);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<string[]> Styling()
    {
        string styles = Path.Combine(images.NewFolder(), "styles");
        Assert.Equal(0, (await Tool.Run("sample", "styles", "--size", "256", "--out", styles)).ExitCode);
        return ["style", "train", "--style", Path.Combine(styles, "waves.png"), images.Folder];
    }

    private string[] Training(string folder, string runs) =>
        ["train", images.Folder, "--resolution", "64", "--epochs", "200", "--patience", "1000", "--batch", "8", "--no-report", "--runs", runs, "--out", Path.Combine(folder, "m.graft")];

    private static async Task UntilCheckpoint(Process process, string runs)
    {
        while (!process.HasExited && !(Directory.Exists(runs) && Directory.EnumerateFiles(runs, "checkpoint.safetensors", SearchOption.AllDirectories).Any())) await Task.Delay(5, Cancel);
    }
}
