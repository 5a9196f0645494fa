using System.CommandLine;
using Graft.Cli.Output;
using Graft.Vision.FineTuning;

namespace Graft.Cli.Commands.Training;

/// <summary><c>graft train</c>: from a folder of images to a classifier.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal)
    {
        TrainOptions options = new();
        Command command = new("train", "Trains a classifier on a folder of images with a folder for each class.");
        options.AddTo(command);
        command.SetAction((parsed, cancel) => Task.FromResult(RunWork.Start(terminal, parsed, FineTuner.Kind, options.Read, (request, folder) =>
            request.IsFineTuning ? new FineTuneMode(terminal, request, folder).Run(cancel) : new ReadoutMode(terminal, request, folder).Run(cancel))));
        return command;
    }
}
