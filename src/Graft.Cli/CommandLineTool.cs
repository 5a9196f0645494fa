using System.CommandLine;
using Graft.Cli.Commands;
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
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors) terminal.Error(error.Message);
            string path = string.Join(' ', parsed.CommandResult.Command.Parents.OfType<Command>().Reverse().Append(parsed.CommandResult.Command).Select(c => c.Name));
            terminal.Note($"See '{path} --help'.");
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
            terminal.Note("Interrupted. Features that were computed are kept: the next run goes on from there.");
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
        catch (Exception e)
        {
            terminal.Error($"This is a fault in Graft, please report it:\n{e}");
            return ExitCode.Failed;
        }
    }

    private static RootCommand Root(Terminal terminal) => new("Graft: transfer learning for .NET. Give it a folder of pictures with a folder for each class; it gives back one small file that classifies pictures.")
    {
        TrainCommand.Create(terminal),
        EvaluateCommand.Create(terminal),
        PredictCommand.Create(terminal),
        InspectCommand.Create(terminal),
        ImportCommand.Create(terminal),
        ExportCommand.Create(terminal),
        BenchCommand.Create(terminal),
        SampleCommand.Create(terminal),
    };
}
