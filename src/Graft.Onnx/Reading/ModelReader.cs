using System.Collections.Immutable;
using Graft.Formats;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Onnx.Protos;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>A file's root message as a model: which output is the main one, its name, labels and preprocessing.</summary>
internal sealed class ModelReader(ModelProto proto, int bytes, ExternalData external, OnnxImportOptions options)
{
    private const int OldestOperators = 7;
    private const int NewestOperators = 26;

    private readonly List<string> notes = [];

    public OnnxImport Read()
    {
        if (proto.Graph is null) throw new OnnxException("It is not an ONNX file: it holds no graph.");
        long operators = proto.OpsetImport.FirstOrDefault(set => set.Domain is "" or "ai.onnx")?.Version
            ?? throw NoOperatorSet();
        if (operators is < OldestOperators or > NewestOperators)
            throw new OnnxException($"It uses ONNX operator set {operators}, and Graft reads {OldestOperators} to {NewestOperators}. Export it for set 17.");
        if (proto.Graph.Output.Count == 0) throw new OnnxException("Its graph has no output.");

        GraphReader reader = ReadGraph(operators);
        if (reader.NetworkInputs.IsEmpty) throw new OnnxException("None of its outputs depends on an input.");
        ClassifierOutputs outputs = new(new Graph(proto.Graph.Name.Length is > 0 and <= 1024 ? proto.Graph.Name : "onnx", reader.NetworkInputs, reader.Nodes, [.. Declared(reader)]), notes);
        Graph graph = outputs.Named();

        // Steps that only a dropped output needs are left out.
        graph = graph.Truncate([.. graph.Outputs.Select(output => output.Name)]);
        Network network = Network.Needed(graph, reader.Weights);
        string producer = $"{proto.ProducerName} {proto.ProducerVersion}".Trim();
        Model model = ToModel(network, producer, reader, out bool isAssumed);
        if (Metadata(OnnxMetadata.Task) is { } task) model = OnnxMetadata.ReadTask(task, model);
        else if (outputs.IsMultiLabel) model = model with { Task = ModelTask.MultiLabel };
        if (options.DropHead) model = model.WithoutHead();
        return new OnnxImport(model, new OnnxImportReport(producer, operators, proto.Graph.Node.Count, reader.Unused, [.. notes]) { AssumesPreprocessing = isAssumed });
    }

    /// <summary>Reads the graph; where its head is refused and not wanted, up to the pooled features.</summary>
    private GraphReader ReadGraph(long operators)
    {
        try
        {
            return new GraphReader(proto.Graph, operators, bytes, external, options.Resolution, notes);
        }
        catch (OnnxException e) when (e.Refused is { } refused && HeadCut.Find(proto.Graph, refused) is { } pooling)
        {
            if (!options.DropHead)
                throw new OnnxException($"{e.Message} It comes after the pooling {OnnxNode.Quote(pooling.Label)}, in the head: without it the file may be a trunk (--drop-head; OnnxImportOptions.DropHead).", e);
            HeadCut.Cut(proto.Graph, pooling);
            notes.Clear();
            notes.Add($"The head, all after {OnnxNode.Quote(pooling.Label)}, was left out: {e.Message}");
            return new GraphReader(proto.Graph, operators, bytes, external, options.Resolution, notes);
        }
    }

    private List<NetworkOutput> Declared(GraphReader reader)
    {
        List<NetworkOutput> outputs = [];
        HashSet<string> seen = [];
        foreach (ValueInfoProto output in proto.Graph.Output.Where(output => seen.Add(output.Name)))
        {
            Value? value = reader.Find(output.Name);
            string quoted = OnnxNode.Quote(output.Name);
            if (value is null) throw new OnnxException($"Output {quoted} does not depend on an input, or no node computes it.");
            if (value.Whole is not null) throw new OnnxException($"Output {quoted} is whole numbers, and Graft's are float32. Put a DequantizeLinear before it.");
            if (value.Flat is { } refusal) throw refusal;
            if (value.Padding != default) throw new OnnxException($"Output {quoted} is a padded image, and Graft pads only before a convolution.");
            outputs.Add(new NetworkOutput(output.Name, value.Name));
        }

        return outputs;
    }

    private OnnxException NoOperatorSet()
    {
        NodeProto? other = proto.Graph.Node.FirstOrDefault(node => !new OnnxNode(node).IsStandard);
        return other is null ? new OnnxException("It is not an ONNX file: it names no operator set.") : new OnnxNode(other).RefuseDomain();
    }

    private Model ToModel(Network network, string producer, GraphReader reader, out bool isAssumed)
    {
        NetworkInput input = network.Graph.Inputs[0];
        Shape main = network.Graph.Shapes[network.Graph.Outputs[^1].Value];
        Preprocessing? stated = Metadata(OnnxMetadata.PreprocessingKey) is { } text ? OnnxMetadata.ReadPreprocessing(text) : null;
        if (stated is null && options.PreprocessingFile is null && InputAffine.Take(network, reader, options.Preprocessing, notes) is { } own) (network, stated) = own;
        isAssumed = stated is null && options.PreprocessingFile is null;
        Preprocessing preprocessing = stated ?? options.Preprocessing;

        ImmutableArray<string> labels = Metadata(OnnxMetadata.Labels) is { } list ? OnnxMetadata.ReadLabels(list) : [];
        if (!labels.IsEmpty && labels.Length != main[^1])
        {
            notes.Add($"The file has {Amount.Of(labels.Length, "label")} for {Amount.Of(main[^1], "output")}: {Amount.Word(labels.Length, "it was", "they were")} left out.");
            labels = [];
        }

        ImmutableSortedDictionary<string, string> provenance = Metadata(OnnxMetadata.Provenance) is { } facts
            ? OnnxMetadata.ReadProvenance(facts)
            : ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
        if (producer.Length > 0 && proto.ProducerName != "Graft") provenance = provenance.SetItem("producer", producer.Length <= 256 ? producer : producer[..256]);
        Model model = new(network) { Labels = labels, Preprocessing = preprocessing with { Resolution = Math.Min(input.Height, input.Width) }, Provenance = provenance };
        return options.PreprocessingFile is { } file ? PreprocessingGraph.Apply(file, model, notes) : model;
    }

    private string? Metadata(string key) => proto.MetadataProps.FirstOrDefault(entry => entry.Key == key)?.Value;
}
