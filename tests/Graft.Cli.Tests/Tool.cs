using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Graft.Cli.Output;
using Graft.Cli.Tests.Project;

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

    // No test reads or fills the user's own cache.
    [ModuleInitializer]
    internal static void UseACacheOfItsOwn()
    {
        string cache = Directory.CreateTempSubdirectory("graft-tool-cache-").FullName;
        Environment.SetEnvironmentVariable("GRAFT_CACHE", cache);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(cache, recursive: true);
    }

    /// <summary>A terminal whose outputs are redirected.</summary>
    public static Terminal Redirected(TextWriter output, TextWriter error, TimeProvider? time = null) =>
        new(StandardStreams.Make(output, isTerminal: false, hasUnicode: true), StandardStreams.Make(error, isTerminal: false, hasUnicode: true), time ?? TimeProvider.System);

    public static async Task<Outcome> Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = await CommandLineTool.RunAsync(arguments, Redirected(output, error));
        return new Outcome(code, output.ToString(), error.ToString());
    }

    public static Process Start(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root };
        return Process.Start(start)!;
    }
}
