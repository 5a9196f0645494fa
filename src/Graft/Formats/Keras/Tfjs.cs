using System.Collections.Immutable;
using System.Text.Json;

namespace Graft.Formats.Keras;

/// <summary>
/// TensorFlow.js layers models: <c>model.json</c> with its weight files beside it and, in an export of Teachable Machine, <c>metadata.json</c>
/// with the labels.
/// </summary>
internal static class Tfjs
{
    private const int Depth = 64;

    // TensorFlow.js computes the functions of Keras 2, whatever wrote the model.
    private const int FunctionsVersion = 2;

    /// <summary>Reads a model.</summary>
    /// <param name="files">The files.</param>
    /// <param name="modelFile">The name of the model's file among them.</param>
    /// <exception cref="WeightFileException">A file is missing, breaks a rule, or has a layer that is not read.</exception>
    public static (Model Model, LoadReport Report) Read(FileSet files, string modelFile) => JsonPart.Guard(files.Name, () =>
    {
        using JsonDocument document = JsonPart.Parse(files.Name, modelFile, files.Read(modelFile), Depth);
        JsonPart root = new(files.Name, "model", document.RootElement);
        if (root.FindValue("format") is { } format && format.String() == "graph-model")
            throw format.Error("is graph-model, which is not read. Convert the Keras model with --output_format=tfjs_layers_model.");
        TeachableMachine? machine = TeachableMachine.Read(files);
        JsonPart topology = root["modelTopology"];
        TfjsWeights weights = TfjsWeights.Read(files, root["weightsManifest"]);
        KerasTopology.Structure structure = KerasTopology.Read(topology, weights, FunctionsVersion, machine?.ImageSize ?? 224);
        (Networks.Network network, LoadReport report, bool isMultiLabel, _) = KerasModel.Build(structure, weights, hasPooledFeatures: machine is not null);

        // Teachable Machine's own code prepares pixels.
        Preprocessing preprocessing = machine is null ? structure.Prepared(Preprocessing.Centered) : Preprocessing.TeachableMachine with { CropFraction = machine.CropFraction, Resolution = structure.Input.Height };
        ImmutableArray<string> labels = machine?.Labels ?? [];
        int outputs = network.Graph.Shapes[network.Graph.Outputs[^1].Value][^1];
        if (!labels.IsEmpty && labels.Length != outputs)
            throw new WeightFileException(files.Name, $"metadata.json has {Amount.Of(labels.Length, "label")}, but the network's output '{network.Graph.Outputs[^1].Name}' has {Amount.Of(outputs, "value")}.");
        Model model = new(network)
        {
            Labels = labels,
            Preprocessing = preprocessing,
            Provenance = machine?.Provenance ?? ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("source", "TensorFlow.js layers model"),
        };
        if (isMultiLabel) model = model with { Task = ModelTask.MultiLabel };
        return (model, report);
    });
}
