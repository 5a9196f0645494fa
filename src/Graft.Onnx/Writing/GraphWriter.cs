using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Tensors;
using static Graft.Onnx.Protos.TensorProto.Types;

namespace Graft.Onnx.Writing;

/// <summary>
/// Writes a network's nodes as an ONNX graph. Values keep the names of the nodes that compute them, except that outputs bear the names that users know.
/// </summary>
internal sealed class GraphWriter
{
    private const string Batch = "N";
    private const string Probabilities = "probabilities";

    private readonly Model model;
    private readonly OnnxExportOptions options;
    private readonly Graph network;
    private readonly GraphProto graph;
    private readonly ImmutableArray<NetworkOutput> outputs;
    private readonly FreshNames names = new([]);
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> outputNames = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> initializers = new(StringComparer.Ordinal);

    public GraphWriter(Model model, OnnxExportOptions options)
    {
        (this.model, this.options) = (model, options);
        ImmutableArray<string> asked = options.Outputs.IsEmpty ? [model.Network.Graph.Outputs[^1].Name] : options.Outputs;
        Network whole = model.Network.Truncate(asked.AsSpan());
        Network = options.FoldBatchNorm ? whole.FoldNormalization() : whole.FoldStandardization();
        network = Network.Graph;
        graph = new GraphProto { Name = network.Architecture };

        // Many programs take the first output without asking for its name.
        outputs = [network.Outputs[^1], .. network.Outputs[..^1]];
    }

    /// <summary>The network that is written: what of the model the outputs need, folded where that was asked for.</summary>
    public Network Network { get; }

    public GraphProto Write()
    {
        ReserveNames();
        foreach (NetworkInput input in network.Inputs) WriteInput(input);
        foreach (Node node in network.Nodes) WriteNode(node);
        foreach (NetworkOutput output in outputs) WriteOutput(output);
        if (options.IncludeProbabilities) WriteProbabilities();
        return graph;
    }

    /// <summary>The ONNX value of a Graft value that was already written.</summary>
    public string Value(string name) => values[name];

    /// <summary>The extents of a Graft value.</summary>
    public Shape Shape(string name) => network.Shapes[name];

    /// <summary>The grid that a value's numbers are of; null where they are of none.</summary>
    public FakeQuantize? Grid(string value) => network.Producer(value) switch
    {
        { Operation: FakeQuantize grid } => grid,
        { Operation: Pool2d { Function: PoolFunction.Max } } or { Operation: Dropout } => Grid(network.Producer(value)!.Inputs[0]),
        _ => null,
    };

    /// <summary>Whether a value is a mean over the image that is flattened only where it has been quantized, by the one node that takes it.</summary>
    public bool IsOpenPooling(string value) =>
        network.Producer(value) is { Operation: GlobalAveragePool } && network.Uses(value) == 1 && network.Consumers(value) is [{ Operation: FakeQuantize }];

    /// <summary>Adds an ONNX node for a step of a Graft node.</summary>
    /// <param name="type">The ONNX operator.</param>
    /// <param name="name">The node's name; with no <paramref name="output"/>, also the name of the value that it computes.</param>
    /// <param name="inputs">ONNX values; an empty one is an input left out.</param>
    /// <param name="attributes">The operator's attributes.</param>
    /// <param name="output">The value's name where it is settled.</param>
    /// <param name="value">The name that the value would like.</param>
    /// <returns>The ONNX value that it computes.</returns>
    public string Add(string type, string name, IEnumerable<string> inputs, IEnumerable<AttributeProto>? attributes = null, string? output = null, string? value = null)
    {
        output ??= names.Take(value ?? name);
        NodeProto node = new() { OpType = type, Name = name };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        if (attributes is not null) node.Attribute.AddRange(attributes);
        graph.Node.Add(node);
        return output;
    }

    /// <summary>Adds an ONNX node that cuts a value in two.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="input">The value.</param>
    /// <param name="sizes">The extents of the two along the axis, as a constant.</param>
    /// <param name="axis">The axis.</param>
    public string[] AddSplit(string name, string input, string sizes, int axis)
    {
        NodeProto node = new() { OpType = "Split", Name = name, Input = { input, sizes }, Output = { names.Take($"{name}.0"), names.Take($"{name}.1") } };
        node.Attribute.Add(Attributes.Int("axis", axis));
        graph.Node.Add(node);
        return [.. node.Output];
    }

    /// <summary>Adds the last ONNX node of a Graft node, which computes its value.</summary>
    public void Finish(Node node, string type, IEnumerable<string> inputs, params IEnumerable<AttributeProto> attributes) =>
        values[node.Name] = Add(type, node.Name, inputs, attributes, outputNames.GetValueOrDefault(node.Name));

    /// <summary>Adds the last ONNX node of a Graft node whose name an earlier step already bears.</summary>
    public void FinishAs(Node node, string step, string type, IEnumerable<string> inputs, params IEnumerable<AttributeProto> attributes) =>
        values[node.Name] = Add(type, $"{node.Name}/{step}", inputs, attributes, outputNames.GetValueOrDefault(node.Name), node.Name);

    /// <summary>A weight of a node as an initializer, written once even where nodes share it.</summary>
    public string Weight(Node node, string parameter)
    {
        Tensor weight = Network.Weight(node, parameter);
        string name = node.WeightName(parameter);
        return Initializer(name, name, DataType.Float, Extents(weight), MemoryMarshal.AsBytes(weight.Span));
    }

    /// <summary>An array in the place of a node's own weight.</summary>
    public string Weight(Node node, string parameter, Tensor replacement) =>
        Initializer($"{node.Name}\n{parameter}", $"{node.Name}.{parameter}", DataType.Float, Extents(replacement), MemoryMarshal.AsBytes(replacement.Span));

    /// <summary>An initializer of float32 values, written once for each name.</summary>
    public string Constant(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> numbers) =>
        Initializer($"\n{name}", name, DataType.Float, shape, MemoryMarshal.AsBytes(numbers));

    /// <summary>An initializer of 64-bit integers, written once for each name.</summary>
    public string Constant(string name, ReadOnlySpan<long> numbers) =>
        Initializer($"\n{name}", name, DataType.Int64, [numbers.Length], MemoryMarshal.AsBytes(numbers));

    /// <summary>What steps make of initializers, written once for each key.</summary>
    public string Once(string key, Func<string> write)
    {
        key = $"\n\n{key}";
        if (!initializers.TryGetValue(key, out string? written)) initializers.Add(key, written = write());
        return written;
    }

    /// <summary>An initializer that is written once.</summary>
    /// <param name="key">Tells apart what is written once from what only wants the same name.</param>
    /// <param name="name">The name that it would like.</param>
    /// <param name="type">What its numbers are.</param>
    /// <param name="shape">Its extents.</param>
    /// <param name="bytes">Its numbers.</param>
    public string Initializer(string key, string name, DataType type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes)
    {
        if (initializers.TryGetValue(key, out string? written)) return written;
        TensorProto tensor = new() { Name = names.Take(name), DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        foreach (long extent in shape) tensor.Dims.Add(extent);
        graph.Initializer.Add(tensor);
        initializers.Add(key, tensor.Name);
        return tensor.Name;
    }

    private void WriteNode(Node node)
    {
        bool dropped = node.Operation.IsIdentity(isTraining: false);
        if (dropped) values[node.Name] = values[node.Inputs[0]];
        else OperationWriter.Write(this, node);
    }

    private void WriteInput(NetworkInput input)
    {
        bool last = options.Layout == ImageLayout.Nhwc;
        graph.Input.Add(Info(input.Name, [1, input.Height, input.Width, input.Channels]));
        string value = input.Name;
        if (last) value = Add("Transpose", $"{input.Name}/nchw", [value], [Attributes.Ints("perm", 0, 3, 1, 2)]);
        if (options.IncludeNormalization)
        {
            if (input.Channels != 3)
                throw new OnnxException($"Normalization in the graph takes images of 3 channels, and input '{input.Name}' has {input.Channels}. Export without it.");
            Preprocessing preprocessing = model.Preprocessing;
            string mean = Constant("normalization.mean", [1, 3, 1, 1], [.. preprocessing.Mean.Select(m => m * 255)]);
            string deviation = Constant("normalization.std", [1, 3, 1, 1], [.. preprocessing.StandardDeviation.Select(s => s * 255)]);
            value = Add("Sub", $"{input.Name}/centered", [value, mean]);
            value = Add("Div", $"{input.Name}/normalized", [value, deviation]);
        }

        values.Add(input.Name, value);
    }

    private void WriteOutput(NetworkOutput output)
    {
        graph.Output.Add(Info(output.Name, Shape(output.Value)));
        string value = values[output.Value];
        if (value == output.Name) return;
        if (options.Layout == ImageLayout.Nhwc && Shape(output.Value).Rank == 4)
            Add("Transpose", $"{output.Name}/nhwc", [value], [Attributes.Ints("perm", 0, 2, 3, 1)], output.Name);
        else Add("Identity", output.Name, [value], output: output.Name);
    }

    private void WriteProbabilities()
    {
        NetworkOutput main = outputs[0];
        if (model.Task == ModelTask.Regress) throw new OnnxException("The outputs of the model are numbers, which have no probabilities. Export without them.");
        if (Shape(main.Value).Rank != 2)
            throw new OnnxException($"Probabilities are made of [batch, classes], and output '{main.Name}' is {Shape(main.Value)}. Export without them.");
        graph.Output.Add(Info(Probabilities, Shape(main.Value)));
        if (model.Task == ModelTask.MultiLabel) Add("Sigmoid", Probabilities, [values[main.Value]], output: Probabilities);
        else Add("Softmax", Probabilities, [values[main.Value]], [Attributes.Int("axis", 1)], Probabilities);
    }

    private ValueInfoProto Info(string name, Shape shape)
    {
        TensorShapeProto dimensions = new();
        dimensions.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = Batch });
        int[] axes = shape.Rank == 4 && options.Layout == ImageLayout.Nchw ? [3, 1, 2] : [.. Enumerable.Range(1, shape.Rank - 1)];
        foreach (int axis in axes) dimensions.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = shape[axis] });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = dimensions } },
        };
    }

    private void ReserveNames()
    {
        foreach (NetworkInput input in network.Inputs) names.TryTake(input.Name);
        foreach (NetworkOutput output in outputs)
        {
            if (!names.TryTake(output.Name))
                throw new OnnxException($"In ONNX an output needs a name of its own, and '{output.Name}' is also an input. Rename the output.");
        }

        if (options.IncludeProbabilities && !names.TryTake(Probabilities))
            throw new OnnxException($"The network has a value '{Probabilities}' of its own. Export without the added probabilities, or rename it.");

        foreach (NetworkOutput output in outputs)
        {
            bool transposed = options.Layout == ImageLayout.Nhwc && Shape(output.Value).Rank == 4;
            if (!transposed) outputNames.TryAdd(Source(output.Value), output.Name);
        }
    }

    // Dropped nodes hand on their input's value, so an output of one is the value of the node before it.
    private string Source(string value)
    {
        Node? node = network.Producer(value);
        if (node is null) return value;
        return node.Operation.IsIdentity(isTraining: false) ? Source(node.Inputs[0]) : value;
    }

    private static long[] Extents(Tensor tensor) => [.. tensor.Shape.Select(extent => (long)extent)];
}
