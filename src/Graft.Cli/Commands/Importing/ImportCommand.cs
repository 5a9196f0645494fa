using System.CommandLine;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Lite;
using Graft.Networks;

namespace Graft.Cli.Commands.Importing;

/// <summary><c>graft import</c>: turns other programs' weights into a <c>.graft</c> file.</summary>
internal static class ImportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> file = new("file") { Description = "A TensorFlow.js model, of layers or a graph, or a Teachable Machine export (its folder or model.json), a .safetensors, .pth, .onnx, .tflite, .h5 or .keras file, or a model of Hugging Face's hub: timm/NAME." };
        Option<string> output = new("--out") { Description = "The .graft file to write.", Required = true };
        Option<int> resolution = Arguments.Ranged("--resolution", 0, 16384, 0, "The side of the input in pixels, where an ONNX, a TensorFlow Lite or a Keras file leaves it open.");
        Option<bool> dropHead = new("--drop-head") { Description = "Import the trunk alone, whatever head is on it." };
        Option<string?> take = new("--take") { Description = "Of a training's checkpoint: ema, the average of the weights (where there is one that is taken, anyway), or model, the network as it was last." };
        take.OneOf("ema", "model");
        Option<string?> architecture = new("--architecture") { Description = "The architecture of a state dictionary, where several have weights of the same names and shapes, as tf_efficientnet_lite0 and efficientnet_lite0.", HelpName = "name" };
        Option<string?> weights = new("--weights") { Description = "Of a quantized TensorFlow Lite file: exact, with its numbers (unless given), int8, all layers of bytes, some of them rounded, or float, not quantized, to be trained on." };
        weights.OneOf("exact", "int8", "float");
        Option<string?> labels = new("--labels") { Description = "A text file with the name of each class on a line of its own, in the order of the network's outputs, where the file to import does not have them.", HelpName = "file" };
        Option<string?> preparing = new("--preprocessing") { Description = "An ONNX file that prepares images for the ONNX file to import, as those of ML.NET's image featurizers do: what it subtracts, multiplies by and reorders becomes the model's preprocessing.", HelpName = "file" };
        Option<string> store = Arguments.Store();
        PreprocessingOptions preprocessing = new();
        Command command = new("import", "Turns another program's weights into a .graft file.") { file, output, resolution, dropHead, take, architecture, weights, labels, preparing, store };
        preprocessing.AddTo(command);
        command.SetAction(parsed =>
        {
            ImportRequest request = new()
            {
                Resolution = parsed.GetValue(resolution) is > 0 and int side ? side : null,
                DropHead = parsed.GetValue(dropHead),
                Take = parsed.GetValue(take) switch { null => CheckpointWeights.Preferred, "ema" => CheckpointWeights.Average, _ => CheckpointWeights.Model },
                Architecture = parsed.GetValue(architecture),
                PreprocessingFile = parsed.GetValue(preparing),
                Weights = parsed.GetValue(weights) switch { null => null, "exact" => LiteWeights.Exact, "int8" => LiteWeights.Bytes, _ => LiteWeights.Float },
            };
            return Run(terminal, parsed.GetRequiredValue(file), parsed.GetRequiredValue(output), request, preprocessing.Read(parsed), parsed.GetValue(labels), parsed.StoreOf(store));
        });
        return command;
    }

    private static int Run(Terminal terminal, string file, string output, ImportRequest request, PreprocessingRequest preprocessing, string? labels, WeightPrecision store)
    {
        OutputFile.RequireWritableModel(output);
        ImportedModel imported = ModelSource.Import(file, request, terminal);
        Model model = preprocessing.Apply(imported.Model, imported.AssumesPreprocessing);
        if (labels is not null) model = model with { Labels = LabelsFile.Read(labels, model) };
        OutputFile.Write(output, stream => ModelFile.Save(model, stream, store));
        foreach (string line in imported.Report.Split('\n')) terminal.Note(line);
        if (imported.AssumesPreprocessing && !preprocessing.SaysValues) terminal.Warn(ImportedModel.Assumption(file, model));
        terminal.Note($"Wrote {output}: {model.Network.Graph.Architecture}, {Kind(model)}.");
        return ExitCode.Done;
    }

    private static string Kind(Model model)
    {
        if (!model.Labels.IsEmpty) return $"{Amount.Of(model.Labels.Length, "class")}";
        NetworkOutput main = model.Network.Graph.Outputs[^1];
        return main.Name == ClassifierHead.Logits ? $"{Amount.Of(model.Network.Graph.Shapes[main.Value][^1], "class")} without names" : "a trunk";
    }
}
