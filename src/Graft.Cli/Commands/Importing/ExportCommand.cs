using System.CommandLine;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Formats.Keras;
using Graft.Onnx;

namespace Graft.Cli.Commands.Importing;

/// <summary><c>graft export</c>: writes a model for other programs.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = Arguments.Model();
        Option<string> output = new("--out") { Description = "A .onnx file, a .safetensors file of PyTorch's weights, or a folder for a TensorFlow.js model with a page that classifies.", Required = true };
        output.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && FormatOf(result.Tokens[0].Value) is null)
                result.AddError($"--out takes a file name that ends with .onnx or .safetensors, or the name of a folder, without an ending or with a slash at its end, not '{result.Tokens[0].Value}'.");
        });
        Option<WeightNames> names = new("--names") { Description = "Whose names the weights in a .safetensors file get: timm or torchvision.", DefaultValueFactory = _ => WeightNames.Timm };
        Option<bool> raw = new("--raw-pixels") { Description = "Put the normalization into the file, so that it takes values from 0 to 255." };
        Option<bool> last = new("--channels-last") { Description = "Take images as [batch, height, width, channels] instead of [batch, channels, height, width]." };
        Option<bool> probabilities = new("--probabilities") { Description = "Give the probabilities as a second output: the softmax, or where labels are independent the sigmoid." };
        Command command = new("export", "Writes a model for other programs: as ONNX, for PyTorch, or for browsers.") { model, output, raw, last, probabilities, names };
        command.Validators.Add(result =>
        {
            if (result.GetResult(output) is not { Tokens: [{ Value: string path }] } || FormatOf(path) is not { } format) return;
            foreach (Option<bool> option in (Option<bool>[])[raw, last, probabilities])
                if (format != ExportFormat.Onnx && result.GetResult(option) is { Implicit: false }) result.AddError($"{option.Name} is for .onnx files; '{path}' is none.");
            if (format != ExportFormat.Safetensors && result.GetResult(names) is { Implicit: false }) result.AddError($"--names is for .safetensors files; '{path}' is none.");
        });
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(output);
            ExportFormat format = FormatOf(path)!.Value;
            if (format == ExportFormat.Folder) OutputFile.RequireWritableFolder(path);
            else OutputFile.RequireWritable(path);
            Model loaded = ModelSource.Load(parsed.GetRequiredValue(model), terminal, limits: Networks.NetworkLimits.None);
            switch (format)
            {
                case ExportFormat.Onnx:
                    OnnxExportOptions options = new()
                    {
                        IncludeNormalization = parsed.GetValue(raw),
                        Layout = parsed.GetValue(last) ? ImageLayout.Nhwc : ImageLayout.Nchw,
                        IncludeProbabilities = parsed.GetValue(probabilities),
                    };
                    OutputFile.Write(path, stream => OnnxExporter.Export(loaded, stream, options));
                    break;
                case ExportFormat.Safetensors:
                    OutputFile.Write(path, stream => StateDictionaryExporter.Export(loaded, stream, parsed.GetValue(names)));
                    break;
                default:
                    TfjsExporter.Export(loaded, path);
                    break;
            }

            terminal.Note($"Wrote {path}.");
            if (format == ExportFormat.Safetensors) terminal.Note($"In Python: {StateDictionaryExporter.Loading(loaded.Network.Graph, Path.GetFileName(path), parsed.GetValue(names))}");
            if (format == ExportFormat.Folder) terminal.Note($"To see it classify: serve the folder, for example with python3 -m http.server --directory {path}, and open http://localhost:8000.");
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>What a name asks for; null where it says nothing that is written.</summary>
    private static ExportFormat? FormatOf(string path)
    {
        if (path.EndsWith('/') || path.EndsWith(Path.DirectorySeparatorChar) || path is "." or "..") return ExportFormat.Folder;
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".onnx" => ExportFormat.Onnx,
            ".safetensors" => ExportFormat.Safetensors,
            "" when path.Length > 0 => ExportFormat.Folder,
            _ => null,
        };
    }
}
