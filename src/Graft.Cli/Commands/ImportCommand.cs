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
        Command command = new("import", "Turns another program's weights into a .graft file.") { file, output };
        command.SetAction(parsed => Run(terminal, parsed.GetRequiredValue(file), parsed.GetRequiredValue(output)));
        return command;
    }

    private static int Run(Terminal terminal, string file, string output)
    {
        OutputFile.RequireWritable(output);
        (Model model, string report) = ModelSource.Import(file);
        ModelFile.Save(model, output);
        terminal.Note(report);
        terminal.Note($"Wrote {output}: {model.Network.Graph.Architecture}, {(model.Labels.IsEmpty ? "a trunk" : $"{model.Labels.Length} classes")}.");
        return ExitCode.Done;
    }
}
