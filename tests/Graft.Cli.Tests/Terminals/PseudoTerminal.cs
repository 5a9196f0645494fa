using System.Diagnostics;
using System.Text;

namespace Graft.Cli.Tests.Terminals;

/// <summary>A kind of terminal.</summary>
public sealed record TerminalKind(int Columns = 80, int Rows = 24, string Term = "xterm-256color", string Locale = "C.UTF-8", bool NoColor = false);

/// <summary>Runs the tool, or any command line, with a terminal as its standard input, output and error: <c>script</c> of util-linux makes one.</summary>
internal static class PseudoTerminal
{
    private const string Script = "/usr/bin/script";

    /// <summary>Skips a test where there is no <c>script</c> that takes a command.</summary>
    public static void Require() =>
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Script), "There is no 'script' of util-linux here, which makes a pseudo-terminal: the tool was not tried in a terminal.");

    /// <summary>Runs the tool.</summary>
    /// <returns>The exit code, and everything that the terminal was sent.</returns>
    public static Task<(int ExitCode, string Sent)> Run(TerminalKind kind, params string[] arguments) => Shell(kind, Command(arguments));

    /// <summary>The tool's call as a shell takes it.</summary>
    public static string Command(params string[] arguments) => string.Join(' ', new[] { "dotnet", Tool.Path }.Concat(arguments).Select(Quoted));

    /// <summary>Runs a command line of the shell.</summary>
    public static async Task<(int ExitCode, string Sent)> Shell(TerminalKind kind, string command)
    {
        ProcessStartInfo start = new(Script, ["-qec", $"stty rows {kind.Rows} cols {kind.Columns}; {command}", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["TERM"] = kind.Term;
        start.Environment["LC_ALL"] = kind.Locale;
        start.Environment["SHELL"] = "/bin/sh";
        foreach (string variable in (string[])["NO_COLOR", "COLORTERM"]) start.Environment.Remove(variable);
        if (kind.NoColor) start.Environment["NO_COLOR"] = "1";
        using Process process = Process.Start(start)!;
        CancellationToken cancel = TestContext.Current.CancellationToken;
        Task<string> sent = process.StandardOutput.ReadToEndAsync(cancel), error = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        Assert.Equal("", await error);
        return (process.ExitCode, await sent);
    }

    private static string Quoted(string word) => $"'{word.Replace("'", @"'\''")}'";
}
