using System.CommandLine;
using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Vision.Pruning;

namespace Graft.Cli.Commands.Pruning;

/// <summary><c>graft prune</c>: takes channels out of a classifier and trains what is left.</summary>
internal static class PruneCommand
{
    public static Command Create(Terminal terminal)
    {
        PruneOptions options = new();
        Command command = new("prune", "Makes a classifier smaller and faster: takes the channels away that are worth least for what they cost, and trains what is left, with the whole model as its teacher.");
        options.AddTo(command);
        command.SetAction((parsed, cancel) => Task.FromResult(RunWork.Start(
            terminal, parsed, Pruner.Kind, options.Read, (request, folder) => new PruneMode(terminal, request, folder).Run(cancel))));
        return command;
    }
}
