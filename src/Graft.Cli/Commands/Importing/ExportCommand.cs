using System.CommandLine;
using Graft.Cli.Output;
using Graft.Onnx;

namespace Graft.Cli.Commands.Importing;

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
        Option<bool> raw = new("--raw-pixels") { Description = "Put the normalization into the file, so that it takes values from 0 to 255." };
        Option<bool> last = new("--channels-last") { Description = "Take images as [batch, height, width, channels] instead of [batch, channels, height, width]." };
        Option<bool> probabilities = new("--probabilities") { Description = "Give the probabilities as a second output: the softmax, or where labels are independent the sigmoid." };
        Command command = new("export", "Writes a model as ONNX.") { model, output, raw, last, probabilities };
        command.SetAction(parsed => Run(terminal, parsed.GetRequiredValue(model), parsed.GetRequiredValue(output), new OnnxExportOptions
        {
            IncludeNormalization = parsed.GetValue(raw),
            Layout = parsed.GetValue(last) ? ImageLayout.Nhwc : ImageLayout.Nchw,
            IncludeProbabilities = parsed.GetValue(probabilities),
        }));
        return command;
    }

    private static int Run(Terminal terminal, string name, string output, OnnxExportOptions options)
    {
        OutputFile.RequireWritable(output);
        Model model = ModelSource.Load(name, terminal, limits: Networks.NetworkLimits.None);
        OutputFile.Write(output, stream => OnnxExporter.Export(model, stream, options));
        terminal.Note($"Wrote {output}.");
        return ExitCode.Done;
    }
}
