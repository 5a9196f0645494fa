using System.CommandLine;
using System.CommandLine.Parsing;
using Graft.Cli.CommandLine;
using Graft.Cli.Commands;
using Graft.Cli.Commands.Classifying;
using Graft.Cli.Commands.Distilling;
using Graft.Cli.Commands.Forecasting;
using Graft.Cli.Commands.Importing;
using Graft.Cli.Commands.Pruning;
using Graft.Cli.Commands.Quantizing;
using Graft.Cli.Commands.Runs;
using Graft.Cli.Commands.Samples;
using Graft.Cli.Commands.Style;
using Graft.Cli.Commands.Training;
using Graft.Cli.Output;

namespace Graft.Cli;

/// <summary>The tool: parses the command line, runs a command, and turns errors into messages and exit codes.</summary>
internal static class CommandLineTool
{
    // In the order in which help lists them.
    private static readonly (string Name, Func<Terminal, Command> Create)[] Commands =
    [
        ("train", TrainCommand.Create),
        ("distill", DistillCommand.Create),
        ("prune", PruneCommand.Create),
        ("quantize", QuantizeCommand.Create),
        ("adapt", AdaptCommand.Create),
        ("compare", CompareCommand.Create),
        ("check", CheckCommand.Create),
        ("split", SplitCommand.Create),
        ("evaluate", EvaluateCommand.Create),
        ("predict", PredictCommand.Create),
        ("models", ModelsCommand.Create),
        ("inspect", InspectCommand.Create),
        ("import", ImportCommand.Create),
        ("export", ExportCommand.Create),
        ("bench", BenchCommand.Create),
        ("runs", RunsCommand.Create),
        ("style", StyleCommand.Create),
        ("forecast", ForecastCommand.Create),
        ("reservoir", ReservoirCommand.Create),
        ("sample", SampleCommand.Create),
    ];

    /// <summary>Runs the tool.</summary>
    /// <param name="args">The words of the command line.</param>
    /// <param name="terminal">Where results and remarks go.</param>
    /// <param name="cancellation">Stops the command at its next safe point.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellation = default) =>
        terminal.Finish(await Run(args, terminal, cancellation).ConfigureAwait(false));

    private static async Task<int> Run(string[] args, Terminal terminal, CancellationToken cancellation)
    {
        ParseResult parsed = Root(terminal, args.FirstOrDefault()).Parse(args);
        // Help is given whatever else is wrong.
        IReadOnlyList<string> mistakes = parsed.Action is Help ? [] : Mistakes.In(parsed);
        if (mistakes.Count > 0)
        {
            foreach (string mistake in mistakes) terminal.Error(mistake);
            terminal.Note($"See '{Mistakes.PathOf(parsed)} --help'.");
            return ExitCode.WrongArguments;
        }

        terminal.IsJson = IsJson(parsed);
        terminal.Cancellation = cancellation;

        // Commands that leave something say what, once there is something.
        terminal.Remains = IsResumption(parsed) ? () => "To go on: the same command again." : () => Terminal.NothingRemains;
        InvocationConfiguration configuration = new()
        {
            EnableDefaultExceptionHandler = false,
            Output = terminal.Output,
            Error = terminal.ErrorOutput,

            // Ctrl+C comes through the cancellation token.
            ProcessTerminationTimeout = null,
        };
        try
        {
            terminal.Written = Overwriting.Find(parsed);
            return await parsed.InvokeAsync(configuration, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            terminal.SayInterrupted();
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (e is ArgumentsException or GraftException or IOException or UnauthorizedAccessException)
        {
            terminal.Error(e.Message);
            return ExitCode.Of(e);
        }
        catch (OutOfMemoryException)
        {
            terminal.Error("There is not enough memory for this. Use a lower --resolution, a smaller batch, or fewer --threads.");
            return ExitCode.Failed;
        }
        catch (Exception e)
        {
            terminal.Error($"This is a fault in Graft, please report it:\n  {e}");
            return ExitCode.Failed;
        }
    }

    /// <summary>Whether the command's result is wanted as JSON.</summary>
    private static bool IsJson(ParseResult parsed)
    {
        for (CommandResult? result = parsed.CommandResult; result is not null; result = result.Parent as CommandResult)
        {
            if (result.Command.Options.OfType<Option<bool>>().FirstOrDefault(option => option.Name == Arguments.JsonName) is { } json) return parsed.GetValue(json);
        }

        return false;
    }

    /// <summary>Whether the command goes on with what an earlier one left.</summary>
    private static bool IsResumption(ParseResult parsed) => parsed.CommandResult.Command.Options.Any(option => option.Name == Arguments.ResumeName && parsed.GetResult(option) is { Tokens.Count: > 0 });

    /// <summary>The tree of commands.</summary>
    /// <param name="terminal">Where results and remarks go.</param>
    /// <param name="only">The name of the only command to make; null, or the name of none, for all of them. A call of one command need not make the options of fifteen others.</param>
    internal static RootCommand Root(Terminal terminal, string? only = null)
    {
        RootCommand root = new("Graft: transfer learning for .NET. Give it a folder of images with a folder for each class; it gives back one small file that classifies images.");
        bool isOne = Commands.Any(command => command.Name == only);
        foreach ((string name, Func<Terminal, Command> create) in Commands)
            if (!isOne || name == only) root.Add(create(terminal));
        ShortOptions.AddTo(root);
        DecimalPoints.AddTo(root);
        Help.AddTo(root, terminal);
        return root;
    }
}
