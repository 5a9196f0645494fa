using System.CommandLine;
using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Training;
using Graft.Vision.Quantization;

namespace Graft.Cli.Commands.Quantizing;

/// <summary><c>graft quantize</c>: makes a model of bytes.</summary>
internal static class QuantizeCommand
{
    public static Command Create(Terminal terminal)
    {
        QuantizeOptions options = new();
        Command command = new("quantize", "Makes a model of bytes, a quarter of the size: ranges come from images without labels, and a report tells what rounding did.");
        options.AddTo(command);
        command.SetAction((parsed, cancel) => Task.FromResult(RunWork.Start(terminal, parsed, Quantizer.Kind, options.Read, (request, folder) =>
            request.Options.Epochs == 0 ? Calibrate(terminal, request, cancel) : new QuantizeMode(terminal, request, folder).Run(cancel))));
        return command;
    }

    /// <summary>Without a training nothing is kept on the way, and there is no run.</summary>
    private static int Calibrate(Terminal terminal, QuantizeRequest request, CancellationToken cancel)
    {
        OutputFile.RequireWritableModel(request.OutputFile);
        terminal.Written.Add("--out", request.OutputFile);
        QuantizeInput input = QuantizeInput.Load(request, terminal, cancel);
        QuantizationResult result = terminal.Track("Quantizing", progress => Quantizer.Quantize(input.Model, input.Images, input.Judged, request.Options, new Parts(progress), cancel));
        OutputFile.Write(request.OutputFile, stream => ModelFile.Save(result.Model, stream));
        terminal.Remains = () => $"The model is in '{request.OutputFile}'.";
        QuantizeOutput output = QuantizeOutput.Of(terminal, result, request.OutputFile, request.Model, input.Model, cancel);
        if (request.Json) terminal.WriteJson(output.Data());
        else output.Show(terminal, input.Judged is not null);
        terminal.Note($"Wrote {request.OutputFile}.");
        return ExitCode.Done;
    }

    private sealed class Parts(WorkProgress progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value is not PartProgress part) return;
            progress.Begin(part.Part);
            progress.Report(part.Completion);
        }
    }
}
