using System.CommandLine;
using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Vision.Distillation;

namespace Graft.Cli.Commands.Distilling;

/// <summary><c>graft distill</c>: trains a student network to give a teacher's features.</summary>
internal static class DistillCommand
{
    public static Command Create(Terminal terminal)
    {
        DistillOptions options = new();
        Command command = new("distill", "Trains a network to give another's features (and class scores) on images without labels: model compression.");
        options.AddTo(command);
        command.SetAction((parsed, cancel) => Task.FromResult(RunWork.Start(
            terminal, parsed, Distiller.Kind, options.Read, (request, folder) => new DistillMode(terminal, request, folder).Run(cancel))));
        return command;
    }
}
