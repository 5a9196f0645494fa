using System.CommandLine;
using Graft.Cli.Output;
using Graft.Formats;

namespace Graft.Cli.Commands;

/// <summary><c>graft import</c>: turns other programs' weights into a <c>.graft</c> file.</summary>
internal static class ImportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> file = new("file") { Description = "A TensorFlow.js or Teachable Machine export (its folder or model.json), a .safetensors, .pth or .onnx file." };
        Option<string> output = new("--out") { Description = "The .graft file to write.", Required = true };
        Option<int> resolution = Arguments.Ranged("--resolution", 0, 16384, 0, "The side of the input in pixels, where an ONNX file leaves it open.");
        Command command = new("import", "Turns another program's weights into a .graft file.") { file, output, resolution };
        command.SetAction(parsed => Run(terminal, parsed.GetRequiredValue(file), parsed.GetRequiredValue(output), parsed.GetValue(resolution)));
        return command;
    }

    private static int Run(Terminal terminal, string file, string output, int resolution)
    {
        OutputFile.RequireWritable(output);
        (Model model, string report) = ModelSource.Import(file, resolution == 0 ? null : resolution);
        ModelFile.Save(model, output);
        terminal.Note(report);
        terminal.Note($"Wrote {output}: {model.Network.Graph.Architecture}, {(model.Labels.IsEmpty ? "a trunk" : $"{model.Labels.Length} classes")}.");
        return ExitCode.Done;
    }
}
