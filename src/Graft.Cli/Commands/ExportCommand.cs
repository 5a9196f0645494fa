using System.CommandLine;
using Graft.Cli.Output;
using Graft.Onnx;

namespace Graft.Cli.Commands;

/// <summary><c>graft export</c>: writes a model for other programs.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = Arguments.Model();
        Option<string> output = new("--out") { Description = "The .onnx file to write.", Required = true };
        output.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !result.Tokens[0].Value.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
                result.AddError($"--out takes a file name that ends with .onnx, not '{result.Tokens[0].Value}': ONNX is the format that Graft exports to.");
        });
        Command command = new("export", "Writes a model as ONNX.") { model, output };
        command.SetAction(parsed => Run(terminal, parsed.GetRequiredValue(model), parsed.GetRequiredValue(output)));
        return command;
    }

    private static int Run(Terminal terminal, string name, string output)
    {
        OutputFile.RequireWritable(output);
        OnnxExporter.Export(ModelSource.Load(name, terminal), output);
        terminal.Note($"Wrote {output}.");
        return ExitCode.Done;
    }
}
