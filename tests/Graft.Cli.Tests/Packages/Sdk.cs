using System.ComponentModel;
using System.Diagnostics;

namespace Graft.Cli.Tests.Packages;

/// <summary>Runs the .NET SDK's commands, as who publishes or uses packages does.</summary>
internal static class Sdk
{
    /// <summary>The version in use, or null where there is none.</summary>
    public static async Task<string?> Version()
    {
        try
        {
            Outcome asked = await Run(Repository.Root, "--version");
            return asked.ExitCode == 0 ? asked.Output.Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Where restored packages lie.</summary>
    public static async Task<string> PackageFolder()
    {
        Outcome asked = await Require(Repository.Root, "nuget", "locals", "global-packages", "--list");
        return asked.Output.Split("global-packages:")[1].Trim();
    }

    /// <summary>Runs a command that must succeed.</summary>
    public static async Task<Outcome> Require(string folder, params string[] arguments)
    {
        Outcome outcome = await Run(folder, arguments);
        Assert.True(outcome.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}:\n{outcome.Output}\n{outcome.Error}");
        return outcome;
    }

    public static Task<Outcome> Run(string folder, params string[] arguments) => RunProgram("dotnet", folder, arguments);

    public static async Task<Outcome> RunProgram(string program, string folder, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        // Nothing that outlives the command: it would hold its output open.
        (string, string)[] environment = [("MSBUILDDISABLENODEREUSE", "1"), ("DOTNET_CLI_USE_MSBUILD_SERVER", "0"), ("UseSharedCompilation", "false"), ("DOTNET_NOLOGO", "1")];
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Outcome(process.ExitCode, await output, await error);
    }
}
