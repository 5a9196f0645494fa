using System.Collections.Immutable;
using System.Text;
using Graft.Formats.Keras;
using Graft.Networks;
using Graft.Networks.Passes;

namespace Graft.Formats.GraphModels;

/// <summary>
/// TensorFlow.js graph models: a TensorFlow graph as JSON in <c>model.json</c>, with its constants in weight files beside it. Which output is the result and which are features, how images are prepared and what the labels are is
/// found out here.
/// </summary>
internal static class GraphModel
{
    /// <summary>What its models' provenance calls it.</summary>
    public const string Source = "TensorFlow.js graph model";

    private const string LabelFile = "labels.txt";
    private const int LongestProducer = 256;

    /// <summary>Reads a model.</summary>
    /// <param name="files">The files.</param>
    /// <param name="root">Its <c>model.json</c>.</param>
    /// <param name="machine">What <c>metadata.json</c> beside it says, if it is there.</param>
    /// <param name="resolution">The side of the image where the file leaves it open.</param>
    /// <param name="preprocessing">How images are prepared where the file does not say it.</param>
    /// <exception cref="WeightFileException">A file is missing, breaks a rule, or has an operation that is not read.</exception>
    public static Imported Read(FileSet files, JsonPart root, TeachableMachine? machine, int resolution, Preprocessing preprocessing)
    {
        List<string> notes = [];
        GraphFile file = new(files.Name, root);
        GraphReader reader = new(file, TfjsWeights.Read(files, root["weightsManifest"]), resolution);
        if (reader.HasFreeSides) notes.Add($"The file leaves the size of its image open: {resolution} pixels a side were taken.");
        Graph declared = new("tfjs", [reader.Input], reader.Draft.Nodes, [.. Declared(file, reader)]);
        GraphJson.CheckSizes(files.Name, declared);
        ClassifierOutputs outputs = new(declared, notes);
        Graph graph = outputs.Named();

        // Steps that only a dropped output needs are left out.
        graph = graph.Truncate([.. graph.Outputs.Select(output => output.Name)]);
        (graph, Preprocessing? prepared) = ImageArithmetic.Extract(graph, reader, preprocessing, notes);
        Network network = Network.Needed(graph, reader.Draft.Weights);
        Model model = new(network)
        {
            Labels = machine?.Labels is { IsEmpty: false } named ? Fitting(named, "metadata.json", network, notes) : Labels(files, network, notes),
            Preprocessing = (prepared ?? preprocessing) with { Resolution = Math.Min(reader.Input.Height, reader.Input.Width) },
            Provenance = Provenance(root),
        };
        if (outputs.IsMultiLabel) model = model with { Task = ModelTask.MultiLabel };
        LoadReport report = new(files.Name) { Applied = [.. network.Graph.Parameters.Keys], Unused = [.. reader.Unused] };
        return new Imported(model, report) { Notes = [.. notes], AssumesPreprocessing = prepared is null };
    }

    private static List<NetworkOutput> Declared(GraphFile file, GraphReader reader)
    {
        List<NetworkOutput> outputs = [];
        FreshNames names = new(Array.Empty<string>());
        HashSet<string> seen = [];
        foreach ((string name, string node) in file.Outputs)
        {
            if (!seen.Add(node)) continue;
            GraphNode last = file.Find(node)!;
            ChannelsLastValue value = reader.Find(node) ?? throw last.Refuse("it is an output, and does not depend on the image.");
            if (value.Padding != default) throw last.Refuse("it is an output, and a padded image; Graft pads only before a convolution.");
            outputs.Add(new NetworkOutput(names.Take(name.Length > 0 ? name : "output"), value.Name));
        }

        return outputs;
    }

    private static ImmutableArray<string> Labels(FileSet files, Network network, List<string> notes)
    {
        byte[]? bytes = files.TryRead(LabelFile);
        if (bytes is null) return [];
        ImmutableArray<string> lines = [.. Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').TrimEnd().Split('\n').Select(line => line.Trim())];
        return Fitting(lines, LabelFile, network, notes);
    }

    private static ImmutableArray<string> Fitting(ImmutableArray<string> labels, string source, Network network, List<string> notes)
    {
        int outputs = network.Graph.OutputShape(network.Graph.Outputs[^1].Name)[^1];
        string? wrong = labels.Length != outputs ? $"{Amount.Of(labels.Length, "label")} for {Amount.Of(outputs, "output")}" : labels.Any(label => label.Length is 0 or > ModelFile.LongestLabel) ? "a label without letters, or one that is too long" : null;
        if (wrong is null) return labels;
        notes.Add($"{source} has {wrong}: it was left out.");
        return [];
    }

    private static ImmutableSortedDictionary<string, string> Provenance(JsonPart root)
    {
        ImmutableSortedDictionary<string, string> provenance = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("source", Source);
        return root.FindValue("convertedBy") is { } converter ? provenance.Add("source_converter", converter.String(LongestProducer)) : provenance;
    }
}
