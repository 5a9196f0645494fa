using System.Diagnostics;

namespace Graft.Cli.Tests.Terminals;

/// <summary>Outputs that cannot be written: the work is done and saved all the same.</summary>
public sealed class LostOutputTests(Images images) : IClassFixture<Images>
{
    private const string Full = "/dev/full";

    [Theory]
    [InlineData("2>/dev/full", 0)]
    [InlineData("2>&-", 0)]
    [InlineData(">/dev/full", 1)]
    [InlineData(">/dev/full 2>&1", 1)]
    [InlineData(">&- 2>&-", 1)]
    public async Task ATrainingIsSaved(string redirection, int code)
    {
        Assert.SkipUnless(File.Exists(Full), $"There is no '{Full}' here.");
        string folder = images.NewFolder(), output = Path.Combine(folder, "m.graft");
        (int exitCode, string said, string error) = await Shell(
            $"{PseudoTerminal.Command("train", images.Folder, "--resolution", "48", "--epochs", "2", "--runs", Path.Combine(folder, "runs"), "--out", output)} {redirection}");
        Assert.Equal(0, (await Tool.Run("evaluate", output, images.Folder)).ExitCode);
        Assert.True(exitCode == code || redirection.Contains(">&-"), $"{exitCode}: {said}{error}");
        Assert.InRange(exitCode, 0, 1);
        Assert.DoesNotContain("Unhandled", said + error);
        if (redirection.StartsWith("2>", StringComparison.Ordinal)) Assert.Contains("Top-1 ", said);
        if (redirection == ">/dev/full")
            Assert.EndsWith("error: Standard output could not be written (No space left on device): the result, or a part of it, is missing there. Files were written.\n", error);
    }

    [Fact]
    public async Task JsonThatIsLostIsAFailure()
    {
        Assert.SkipUnless(File.Exists(Full), $"There is no '{Full}' here.");
        (int exitCode, _, string error) = await Shell($"{PseudoTerminal.Command("inspect", images.Model, "--json")} >{Full}");
        Assert.Equal(1, exitCode);
        Assert.Equal("error: Standard output could not be written (No space left on device): the result, or a part of it, is missing there. Files were written.\n", error);
    }

    private static async Task<(int ExitCode, string Output, string Error)> Shell(string command)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancel), error = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return (process.ExitCode, await output, await error);
    }
}
