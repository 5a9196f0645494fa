using System.CommandLine;
using Graft.Cli.Commands.Distilling;
using Graft.Cli.Output;
using Graft.Runs;

namespace Graft.Cli.Commands;

/// <summary><c>graft distill</c>: trains a student network to give a teacher's features.</summary>
internal static class DistillCommand
{
    public static Command Create(Terminal terminal)
    {
        DistillOptions options = new();
        Command command = new("distill", "Trains a network to give another's features (and class scores) on pictures without labels: model compression.");
        options.AddTo(command);
        command.SetAction((parsed, cancel) => Task.FromResult(Run(terminal, command, options, options.Read(parsed), cancel)));
        return command;
    }

    private static int Run(Terminal terminal, Command command, DistillOptions options, DistillRequest request, CancellationToken cancel)
    {
        if (request.Resume is null) return new DistillMode(terminal, request, null).Run(cancel);
        RunFolder folder = RunFolder.Find(request.Runs, request.Resume);
        terminal.Remains = () => RunWork.GoOn(command.Name, folder);
        RunConfig config = folder.ReadConfig();
        if (File.Exists(folder.ModelPath)) throw new RunException($"The run '{folder.Name}' is finished: its model is '{folder.ModelPath}'. There is nothing to go on with.");
        if (config.Mode != DistillMode.Name) throw new RunException($"The run '{folder.Name}' is no distillation. To go on with it: graft train --resume {request.Resume}");
        RootCommand root = new() { command };
        ParseResult parsed = root.Parse([.. config.Arguments]);
        if (parsed.Errors.Count > 0 || config.Arguments.IsEmpty) throw new RunException($"The run '{folder.Name}' cannot go on: its command line, '{config.Command}', is not one that this version of Graft knows. Start it again.");
        return new DistillMode(terminal, options.Read(parsed) with { Json = request.Json }, folder).Run(cancel);
    }
}
