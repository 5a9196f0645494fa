using System.Collections.Immutable;
using System.Text.Json;
using Graft.Formats.GraphModels;

namespace Graft.Formats.Keras;

/// <summary>
/// TensorFlow.js models: <c>model.json</c> with its weight files beside it and, in an export of Teachable Machine, <c>metadata.json</c>
/// with the labels. Layers models are read here, graph models by <see cref="GraphModel"/>.
/// </summary>
internal static class Tfjs
{
    private const int Depth = 64;

    // TensorFlow.js computes the functions of Keras 2, whatever wrote the model.
    private const int FunctionsVersion = 2;

    /// <summary>Reads a model.</summary>
    /// <param name="files">The files.</param>
    /// <param name="modelFile">The name of the model's file among them.</param>
    /// <exception cref="WeightFileException">A file is missing, breaks a rule, or has a layer or an operation that is not read.</exception>
    public static Imported Read(FileSet files, string modelFile) => JsonPart.Guard(files.Name, () =>
    {
        using JsonDocument document = JsonPart.Parse(files.Name, modelFile, files.Read(modelFile), Depth);
        JsonPart root = new(files.Name, "model", document.RootElement);
        TeachableMachine? machine = TeachableMachine.Read(files);
        int resolution = machine?.ImageSize ?? 224;
        Preprocessing preprocessing = machine is null ? Preprocessing.Centered : Preprocessing.TeachableMachine with { CropFraction = machine.CropFraction };
        JsonPart topology = root["modelTopology"];

        // Old files do not say what they are.
        if (topology.Kind == JsonValueKind.Object && topology.FindValue("node") is not null) return GraphModel.Read(files, root, machine, resolution, preprocessing);
        if (root.FindValue("format") is { } format && format.String() == "graph-model") throw format.Error("is graph-model, but model.modelTopology has no 'node': the file is damaged.");
        TfjsWeights weights = TfjsWeights.Read(files, root["weightsManifest"]);
        KerasTopology.Structure structure = KerasTopology.Read(topology, weights, FunctionsVersion, resolution);
        (Networks.Network network, LoadReport report, bool isMultiLabel, _) = KerasModel.Build(structure, weights, hasPooledFeatures: machine is not null);

        // Teachable Machine's own code prepares pixels.
        preprocessing = machine is null ? structure.Prepared(preprocessing) : preprocessing with { Resolution = structure.Input.Height };
        KerasModel.RequirePossible(files.Name, preprocessing);
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
        return new Imported(model, report) { AssumesPreprocessing = structure.Pixels is null && model.Provenance["source"] is not (TeachableMachine.Name or TeachableMachine.OwnSource) };
    });
}
