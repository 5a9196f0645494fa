using System.CommandLine;
using Graft.Cli.Commands;
using Graft.Cli.Commands.Style;
using Graft.Cli.Output;

namespace Graft.Cli;

/// <summary>The tool: parses the command line, runs a command, and turns errors into messages and exit codes.</summary>
internal static class CommandLineTool
{
    /// <summary>Runs the tool.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        ParseResult parsed = Root(terminal).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors) terminal.Error(Plain(error.Message));
            string path = string.Concat(parsed.CommandResult.Command.Parents.OfType<Command>().Reverse().Append(parsed.CommandResult.Command).Where(c => c is not RootCommand).Select(c => $" {c.Name}"));
            terminal.Note($"See 'graft{path} --help'.");
            return ExitCode.WrongArguments;
        }

        InvocationConfiguration configuration = new()
        {
            EnableDefaultExceptionHandler = false,
            Output = terminal.Output,
            Error = terminal.ErrorOutput,

            // Ctrl+C stops at the next safe point, which must not be cut off.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
        };
        try
        {
            return await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            terminal.Note("Interrupted. No file was left half-written; the same command again goes on from what was kept.");
            return ExitCode.Interrupted;
        }
        catch (ArgumentsException e)
        {
            terminal.Error(e.Message);
            return ExitCode.WrongArguments;
        }
        catch (GraftException e)
        {
            terminal.Error(e.Message);
            return ExitCode.BadInput;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Error(e.Message);
            return ExitCode.Failed;
        }
        catch (OutOfMemoryException)
        {
            terminal.Error("There is not enough memory for this. Use a lower --resolution, a smaller batch, or fewer --threads.");
            return ExitCode.Failed;
        }
        catch (Exception e)
        {
            terminal.Error($"This is a fault in Graft, please report it:\n{e}");
            return ExitCode.Failed;
        }
    }

    /// <summary>A parser's message in words that are not a programmer's.</summary>
    private static string Plain(string message) => message
        .Replace("'System.UInt64'", "a whole number from 0").Replace("'System.Int32'", "a whole number").Replace("as expected type 'System.Nullable`1[System.Double]'", "as a number")
        .Replace("'System.Double'", "a number").Replace("as expected type a", "as a");

    private static RootCommand Root(Terminal terminal) => new("Graft: transfer learning for .NET. Give it a folder of pictures with a folder for each class; it gives back one small file that classifies pictures.")
    {
        TrainCommand.Create(terminal),
        DistillCommand.Create(terminal),
        CompareCommand.Create(terminal),
        SplitCommand.Create(terminal),
        EvaluateCommand.Create(terminal),
        PredictCommand.Create(terminal),
        InspectCommand.Create(terminal),
        ImportCommand.Create(terminal),
        ExportCommand.Create(terminal),
        BenchCommand.Create(terminal),
        RunsCommand.Create(terminal),
        StyleCommand.Create(terminal),
        ForecastCommand.Create(terminal),
        ReservoirCommand.Create(terminal),
        SampleCommand.Create(terminal),
    };
}
