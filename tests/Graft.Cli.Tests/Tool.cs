using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Graft.Cli.Output;

namespace Graft.Cli.Tests;

/// <summary>What a run of the tool gave.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;
}

/// <summary>Runs the tool, within this process or in one of its own.</summary>
internal static class Tool
{
    /// <summary>The tool's assembly, next to the tests.</summary>
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "graft.dll");

    // No test reads or fills the user's own cache, or leaves runs where it was started.
    [ModuleInitializer]
    internal static void UseACacheOfItsOwn()
    {
        Environment.SetEnvironmentVariable("GRAFT_CACHE", Cache);
        Environment.SetEnvironmentVariable("HF_HOME", System.IO.Path.Combine(Cache, "huggingface"));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Cache, recursive: true);
    }

    private static string Cache { get; } = Directory.CreateTempSubdirectory("graft-tool-cache-").FullName;

    // A training that says nothing of its runs has a folder for them.
    private static string[] Recorded(string[] arguments) => arguments is ["train", _, ..] && !arguments.Contains("--runs") ? [.. arguments, "--runs", System.IO.Path.Combine(Cache, "runs")] : arguments;

    /// <summary>A terminal whose outputs are redirected.</summary>
    public static Terminal Redirected(TextWriter output, TextWriter error, TimeProvider? time = null) =>
        new(StandardStreams.Make(output, isTerminal: false, hasUnicode: true), StandardStreams.Make(error, isTerminal: false, hasUnicode: true), time ?? TimeProvider.System);

    public static Task<Outcome> Run(params string[] arguments) => RunFor(Timeout.InfiniteTimeSpan, arguments);

    /// <summary>Runs the tool, and interrupts it after some time.</summary>
    public static async Task<Outcome> RunFor(TimeSpan time, params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        using CancellationTokenSource user = new(time);
        int code = await Task.Run(() => CommandLineTool.RunAsync(Recorded(arguments), Redirected(output, error), user.Token));
        return new Outcome(code, output.ToString(), error.ToString());
    }

    public static Process Start(params string[] arguments) => StartIn(Repository.Root, arguments);

    /// <summary>Runs the tool in a process of its own, in a folder.</summary>
    public static Process StartIn(string folder, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path, .. Recorded(arguments)]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        return Process.Start(start)!;
    }

    /// <summary>Skips a test where the tool would get no interrupt.</summary>
    public static void RequireInterrupts()
    {
        const string Status = "/proc/self/status", Field = "SigIgn:";
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT for one process.");
        string? mask = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal)) : null;
        bool isIgnored = mask is not null && (Convert.ToUInt64(mask[Field.Length..].Trim(), 16) & 2) != 0;
        Assert.SkipWhen(isIgnored, "Who started the tests ignores SIGINT, and so would the tool: shells do that to what they run in the background.");
    }

    /// <summary>Sends a signal to a process.</summary>
    public static async Task Signal(Process process, string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
