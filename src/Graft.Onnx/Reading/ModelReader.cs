using System.Collections.Immutable;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Layers;
using Graft.Networks.Passes;
using Graft.Onnx.Protos;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>A file's root message as a model: which output is the main one, its name, labels and preprocessing.</summary>
internal sealed class ModelReader(ModelProto proto, int bytes, OnnxImportOptions options)
{
    private const int OldestOperators = 7;
    private const int NewestOperators = 26;

    private readonly List<string> notes = [];

    public OnnxImport Read()
    {
        if (proto.Graph is null) throw new OnnxException("It is not an ONNX file: it holds no graph.");
        long operators = proto.OpsetImport.FirstOrDefault(set => set.Domain is "" or "ai.onnx")?.Version
            ?? throw new OnnxException("It is not an ONNX file: it names no operator set.");
        if (operators is < OldestOperators or > NewestOperators)
            throw new OnnxException($"It uses ONNX operator set {operators}, and Graft reads {OldestOperators} to {NewestOperators}. Export it for set 17.");
        if (proto.Graph.Output.Count == 0) throw new OnnxException("Its graph has no output.");

        GraphReader reader = new(proto.Graph, operators, bytes, options.Resolution, notes);
        if (reader.NetworkInputs.IsEmpty) throw new OnnxException("None of its outputs depends on an input.");
        Graph graph = new(
            proto.Graph.Name.Length is > 0 and <= 1024 ? proto.Graph.Name : "onnx", reader.NetworkInputs, reader.Nodes, Outputs(reader));

        // Steps that only a dropped output needs are left out.
        graph = graph.Truncate([.. graph.Outputs.Select(output => output.Name)]);
        Network network = new(graph, graph.Parameters.Keys.ToDictionary(name => name, name => reader.Weights[name]));
        string producer = $"{proto.ProducerName} {proto.ProducerVersion}".Trim();
        return new OnnxImport(ToModel(network, producer), new OnnxImportReport(producer, operators, proto.Graph.Node.Count, reader.Unused, [.. notes]));
    }

    private ImmutableArray<NetworkOutput> Outputs(GraphReader reader)
    {
        Dictionary<string, Node> nodes = reader.Nodes.ToDictionary(node => node.Name);
        List<NetworkOutput> outputs = [];
        HashSet<string> seen = [];
        foreach (ValueInfoProto output in proto.Graph.Output.Where(output => seen.Add(output.Name)))
        {
            Value? value = reader.Find(output.Name);
            string quoted = OnnxNode.Quote(output.Name);
            if (value is null) throw new OnnxException($"Output {quoted} does not depend on an input, or no node computes it.");
            if (value.Padding != default) throw new OnnxException($"Output {quoted} is a padded image, and Graft pads only before a convolution.");
            outputs.Add(new NetworkOutput(output.Name, value.Name));
        }

        // Programs that write several outputs put the result first.
        NetworkOutput main = outputs[0];
        outputs.RemoveAt(0);
        if (outputs.Find(output => nodes.TryGetValue(output.Value, out Node? node) && node.Operation is Softmax && node.Inputs[0] == main.Value) is { } softmax)
        {
            outputs.Remove(softmax);
            notes.Add($"Output {OnnxNode.Quote(softmax.Name)}, the softmax of {OnnxNode.Quote(main.Name)}, was left out: Graft computes it from the logits.");
        }

        if (nodes.TryGetValue(main.Value, out Node? last) && last.Operation is Softmax && reader.Shape(new Value(last.Name, 2)).Rank == 2 && nodes.ContainsKey(last.Inputs[0]))
        {
            notes.Add($"The softmax before output {OnnxNode.Quote(main.Name)} was left out: Graft computes it from the logits.");
            main = main with { Value = last.Inputs[0] };
            last = nodes[main.Value];
        }

        bool dense = last?.Operation is Dense;
        string name = reader.Shape(new Value(main.Value, 2)).Rank == 4 ? main.Name : dense ? ClassifierHead.Logits : ClassifierHead.Features;
        bool named = main.Name is ClassifierHead.Logits or ClassifierHead.Features || outputs.Exists(output => output.Name == name);
        if (!named && name != main.Name)
        {
            notes.Add($"The main output {OnnxNode.Quote(main.Name)} is called '{name}' here.");
            main = main with { Name = name };
        }

        if (dense && main.Name == ClassifierHead.Logits && !outputs.Exists(output => output.Name == ClassifierHead.Features))
        {
            outputs.Add(new NetworkOutput(ClassifierHead.Features, last!.Inputs[0]));
            notes.Add("What the last dense layer takes is the output 'features', onto which a new head can be grafted.");
        }

        return [.. outputs, main];
    }

    private Model ToModel(Network network, string producer)
    {
        NetworkInput input = network.Graph.Inputs[0];
        Shape main = network.Graph.Shapes[network.Graph.Outputs[^1].Value];
        Preprocessing preprocessing = options.Preprocessing;
        if (Metadata(OnnxMetadata.PreprocessingKey) is { } text && OnnxMetadata.ReadPreprocessing(text) is { } read) preprocessing = read;
        else notes.Add("The file does not say how pictures are prepared: what the options say is assumed.");

        ImmutableArray<string> labels = Metadata(OnnxMetadata.Labels) is { } list ? OnnxMetadata.ReadLabels(list) : [];
        if (!labels.IsEmpty && labels.Length != main[^1])
        {
            notes.Add($"The file has {labels.Length} labels for {main[^1]} outputs: they were left out.");
            labels = [];
        }

        ImmutableSortedDictionary<string, string> provenance = Metadata(OnnxMetadata.Provenance) is { } facts
            ? OnnxMetadata.ReadProvenance(facts)
            : ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
        if (producer.Length > 0 && proto.ProducerName != "Graft") provenance = provenance.SetItem("producer", producer.Length <= 256 ? producer : producer[..256]);
        return new Model(network) { Labels = labels, Preprocessing = preprocessing with { Resolution = Math.Min(input.Height, input.Width) }, Provenance = provenance };
    }

    private string? Metadata(string key) => proto.MetadataProps.FirstOrDefault(entry => entry.Key == key)?.Value;
}
