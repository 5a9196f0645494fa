using System.CommandLine;
using Graft.Cli.Commands.Distilling;
using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Runs;

namespace Graft.Cli.Commands;

/// <summary><c>graft train</c>: from a folder of pictures to a classifier.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal)
    {
        TrainOptions options = new();
        Command command = new("train", "Trains a classifier on a folder of pictures with a folder for each class.");
        options.AddTo(command);
        command.SetAction((parsed, cancel) => Task.FromResult(Run(terminal, command, options, options.Read(parsed), cancel)));
        return command;
    }

    private static int Run(Terminal terminal, Command command, TrainOptions options, TrainRequest request, CancellationToken cancel)
    {
        if (request.Resume is null) return request.IsFineTuning ? new FineTuneMode(terminal, request, null).Run(cancel) : ReadoutMode.Run(terminal, request, cancel);
        RunFolder folder = RunFolder.Find(request.Runs, request.Resume);
        terminal.Remains = () => RunWork.GoOn(command.Name, folder);
        RunConfig config = folder.ReadConfig();
        if (File.Exists(folder.ModelPath)) throw new RunException($"The run '{folder.Name}' is finished: its model is '{folder.ModelPath}'. There is nothing to go on with.");
        if (config.Mode == DistillMode.Name) throw new RunException($"The run '{folder.Name}' is a distillation. To go on with it: graft distill --resume {request.Resume}");
        RootCommand root = new() { command };
        ParseResult parsed = root.Parse([.. config.Arguments]);
        if (parsed.Errors.Count > 0 || config.Arguments.IsEmpty) throw new RunException($"The run '{folder.Name}' cannot go on: its command line, '{config.Command}', is not one that this version of Graft knows. Start it again.");
        return new FineTuneMode(terminal, options.Read(parsed) with { Json = request.Json }, folder).Run(cancel);
    }
}
