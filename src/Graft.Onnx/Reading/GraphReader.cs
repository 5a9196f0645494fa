using System.Collections.Immutable;
using Graft.Activations;
using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>Walks an ONNX graph and collects the network that it is: what is known so far, and what the operators' readers add to it.</summary>
internal sealed class GraphReader
{
    private const int MostSteps = 8;

    private static readonly ActivationFunction[] NonNegative = [ActivationFunction.Relu, ActivationFunction.Relu6, ActivationFunction.Sigmoid, ActivationFunction.HardSigmoid];

    private readonly Dictionary<string, Value> values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Constant> constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorProto> initializers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxNode> producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<OnnxNode>> consumers = new(StringComparer.Ordinal);
    private readonly HashSet<string> outputs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> scopes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ByteGrid> grids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Shape> shapes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> weights = new(StringComparer.Ordinal);
    private readonly List<NetworkInput> inputs = [];
    private readonly List<Node> nodes = [];
    private readonly Dictionary<string, Node> made = new(StringComparer.Ordinal);
    private readonly List<string> notes;
    private readonly ExternalData external;
    private long budget;

    /// <summary>Reads the nodes that the outputs need.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="operatorSet">The version of the operators.</param>
    /// <param name="bytes">The file's size, which bounds the weights made of it.</param>
    /// <param name="external">Where numbers are that are not in the file.</param>
    /// <param name="resolution">The height and width where the file leaves them open.</param>
    /// <param name="notes">Collects what the user should know.</param>
    public GraphReader(GraphProto graph, long operatorSet, int bytes, ExternalData external, int? resolution, List<string> notes)
    {
        (OperatorSet, this.external, this.notes) = (operatorSet, external, notes);

        // A byte becomes a float32 number when it is read, and again in the layer that takes it.
        budget = 8L * Math.Max(bytes, 1 << 24);
        foreach (TensorProto initializer in graph.Initializer) initializers[initializer.Name] = initializer;
        foreach (ValueInfoProto output in graph.Output) outputs.Add(output.Name);
        List<OnnxNode> needed = Needed(graph);
        foreach (OnnxNode node in needed)
        {
            foreach (string output in node.Outputs) producers[output] = node;
            foreach (string input in node.Inputs.Where(input => input.Length > 0))
            {
                if (!consumers.TryGetValue(input, out List<OnnxNode>? list)) consumers.Add(input, list = []);
                list.Add(node);
            }
        }

        foreach (ValueInfoProto input in graph.Input.Where(input => !initializers.ContainsKey(input.Name))) InputReader.Read(this, input, resolution);
        // Their place in the file says nothing, and the readers of earlier nodes may look for them.
        foreach (OnnxNode node in needed.Where(node => node is { Type: "Constant", IsStandard: true })) NodeReader.Read(this, node);
        foreach (OnnxNode node in needed)
        {
            // A reader may have taken in the node that follows.
            if (!values.ContainsKey(node.Output) && !constants.ContainsKey(node.Output)) NodeReader.Read(this, node);
        }
    }

    /// <summary>The version of the operators.</summary>
    public long OperatorSet { get; }

    /// <summary>The batch size that the file fixes, if it does.</summary>
    public long? FixedBatch { get; private set; }

    public ImmutableArray<NetworkInput> NetworkInputs => [.. inputs];

    public ImmutableArray<Node> Nodes => [.. nodes];

    public IReadOnlyDictionary<string, Tensor> Weights => weights;

    /// <summary>The initializers that nothing read.</summary>
    public ImmutableArray<string> Unused => [.. initializers.Keys.Where(name => !constants.ContainsKey(name))];

    /// <summary>The extents of a value in Graft's network.</summary>
    public Shape Shape(Value value) => shapes[value.Name];

    /// <summary>The grid that a value's numbers are of; null where they are of none.</summary>
    public ByteGrid? GridOf(Value value) => grids.TryGetValue(value.Name, out ByteGrid grid) ? grid : null;

    /// <summary>A value that an earlier node computes, if it is one.</summary>
    public Value? Find(string name) => values.GetValueOrDefault(name);

    /// <summary>A value that is known before the network runs, if it is one.</summary>
    public Constant? Known(string name)
    {
        if (constants.TryGetValue(name, out Constant? constant)) return constant;
        if (!initializers.TryGetValue(name, out TensorProto? tensor)) return null;
        constants.Add(name, constant = new Constant(name, Whole(name, tensor)));
        return constant;
    }

    /// <summary>A tensor with its numbers, which may be in another file.</summary>
    public TensorProto Whole(string name, TensorProto tensor)
    {
        if (tensor.DataLocation != TensorProto.Types.DataLocation.External) return tensor;
        TensorProto whole = external.Read(name, tensor);
        budget += 8L * whole.RawData.Length;
        return whole;
    }

    /// <summary>An input that an earlier node computes.</summary>
    public Value Take(OnnxNode node, int index, bool padded = false, bool grouped = false, bool whole = false, bool flat = false)
    {
        if (!node.Has(index)) throw node.Refuse($"its input {index} is left out.");
        string name = node.Inputs[index];
        if (!values.TryGetValue(name, out Value? value))
        {
            throw node.Refuse(Known(name) is null
                ? $"it takes the value {OnnxNode.Quote(name)}, which no earlier node computes."
                : $"it takes the constant {OnnxNode.Quote(name)} where Graft takes a value that depends on the image.");
        }

        if (value.Whole is not null && !whole) throw node.Refuse("it takes whole numbers, and Graft reads networks that are quantized by QuantizeLinear and DequantizeLinear in turn, with float32 operators between (in ONNX Runtime: QuantFormat.QDQ).");
        if (value.Flat is { } refusal && !flat) throw refusal;
        if (value.Groups > 0 && !grouped) throw node.Refuse("it follows a reshape that joins the channels in groups, and Graft only normalizes such groups.");
        return padded || value.Padding == default ? value : throw node.Refuse("it follows a node of type 'Pad', and Graft pads only before a convolution.");
    }

    /// <summary>An input that must be known before the network runs.</summary>
    public Constant TakeConstant(OnnxNode node, int index, string what)
    {
        if (!node.Has(index)) throw node.Refuse($"its {what} is left out.");
        return Known(node.Inputs[index]) ?? throw node.Refuse($"its {what} {OnnxNode.Quote(node.Inputs[index])} is not a constant.");
    }

    /// <summary>Tells the user something about the file.</summary>
    public void Note(string text) => notes.Add(text);

    /// <summary>Counts memory that is taken for what a node makes of weights, before it is.</summary>
    /// <param name="node">The node.</param>
    /// <param name="bytes">The memory.</param>
    /// <exception cref="OnnxException">All together it is too much for a file of this size.</exception>
    public void Spend(OnnxNode node, long bytes)
    {
        budget -= bytes;
        if (budget < 0) throw node.Refuse("the file's nodes use its weights so often, each in another way, that they would take many times its size.");
    }

    /// <summary>Says which value of Graft's network a node computes.</summary>
    public void Give(OnnxNode node, Value value) => Give(node.Output, value);

    /// <summary>Says which value of Graft's network an ONNX value is.</summary>
    public void Give(string name, Value value) => values[name] = value;

    /// <summary>Says that a node's value is known before the network runs.</summary>
    public void Give(OnnxNode node, Constant constant) => constants[node.Output] = constant;

    /// <summary>The node that alone takes a value, if there is one and the value is no output.</summary>
    public OnnxNode? SoleConsumer(string value) => !outputs.Contains(value) && consumers.TryGetValue(value, out List<OnnxNode>? list) && list.Count == 1 ? list[0] : null;

    /// <summary>Whether the graph gives a value out.</summary>
    public bool IsOutput(string value) => outputs.Contains(value);

    /// <summary>The nodes that take a value.</summary>
    public IReadOnlyList<OnnxNode> Consumers(string value) => consumers.TryGetValue(value, out List<OnnxNode>? list) ? list : [];

    /// <summary>The node that computes a value, if one does.</summary>
    public OnnxNode? Producer(string value) => producers.GetValueOrDefault(value);

    /// <summary>Steps that are a factor and an offset for each channel and no more, by their names.</summary>
    public Dictionary<string, ChannelAffine> Affines { get; } = new(StringComparer.Ordinal);

    /// <summary>The inputs that the file takes as bytes from 0 to 255.</summary>
    public HashSet<string> ByteInputs { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether no number of a value is under 0, which its last step shows.</summary>
    public bool IsNonNegative(Value value)
    {
        string name = value.Name;
        for (int steps = 0; steps < MostSteps && made.TryGetValue(name, out Node? node); steps++)
        {
            if (node.Operation is Activation { Function: ActivationFunction function }) return NonNegative.Contains(function);
            if (node.Operation is not (Pool2d or FakeQuantize)) return false;
            name = node.Inputs[0];
        }

        return false;
    }

    /// <summary>Adds a step to the network.</summary>
    /// <param name="node">The ONNX node that it comes from.</param>
    /// <param name="operation">What it computes.</param>
    /// <param name="takes">The values that it takes.</param>
    /// <param name="arrays">Its weights by their names within the operation.</param>
    /// <param name="weightName">The ONNX name of its weight; the node is called after it where it ends in <c>.weight</c>.</param>
    /// <param name="sharing">Two nodes with one such text share their weights; none where they are its own.</param>
    /// <returns>The name of its value in the network.</returns>
    public string Add(
        OnnxNode node, Operation operation, ReadOnlySpan<Value> takes, (string Name, Tensor Values)[]? arrays = null, string? weightName = null, string? sharing = null)
    {
        arrays ??= [];
        Shape[] taken = new Shape[takes.Length];
        ImmutableArray<string>.Builder from = ImmutableArray.CreateBuilder<string>(takes.Length);
        for (int i = 0; i < takes.Length; i++)
        {
            taken[i] = Shape(takes[i]);
            from.Add(takes[i].Name);
        }

        Shape shape;
        try
        {
            shape = operation.OutputShape(taken);
            foreach (Parameter parameter in operation.Parameters(taken))
            {
                Tensor values = arrays.Single(array => array.Name == parameter.Name).Values;
                if (values.Shape != parameter.Shape)
                    throw new NetworkException($"its {parameter.Name} has the extents {values.Shape}, and {parameter.Shape} are needed.");
            }
        }
        catch (NetworkException e)
        {
            throw node.Refuse(e.Message);
        }

        if (shape.Any(extent => extent > 1 << 24)) throw node.Refuse($"it computes a value of extents {shape}, which is too large.");
        string name = Unique(NameOf(node, weightName));
        Node step = new(name, operation, from.MoveToImmutable());
        if (sharing is not null && scopes.TryGetValue(sharing, out string? scope))
        {
            step = step with { Scope = scope };
        }
        else
        {
            foreach ((string parameter, Tensor values) in arrays)
            {
                Spend(node, values.Shape.Count * sizeof(float));
                weights.Add($"{name}.{parameter}", values);
            }

            if (sharing is not null) scopes.Add(sharing, name);
        }

        nodes.Add(step);
        made.Add(name, step);
        shapes.Add(name, shape);

        // The largest of numbers of a grid are numbers of that grid.
        if (operation is FakeQuantize quantize) grids.Add(name, quantize.Grid);
        else if (operation is Pool2d { Function: PoolFunction.Max } && GridOf(takes[0]) is { } grid) grids.Add(name, grid);
        return name;
    }

    /// <summary>Adds a step of one input that leaves the axes as they are, and says that the node computes it.</summary>
    public void AddInPlace(OnnxNode node, Operation operation, Value value, (string Name, Tensor Values)[]? arrays = null, string? weightName = null, string? sharing = null) =>
        Give(node, value with { Name = Add(node, operation, [value], arrays, weightName, sharing) });

    /// <summary>Pooled features of a value: itself, or the mean of an image.</summary>
    public Value Pooled(OnnxNode node, Value value, int rank) =>
        value with { Rank = rank, Name = Shape(value).Rank == 2 ? value.Name : Add(node, new GlobalAveragePool(), [value]) };

    /// <summary>The extents of a value in ONNX's order, the batch as <see cref="Constant.Batch"/>.</summary>
    public long[] Extents(Value value)
    {
        Shape shape = Shape(value);
        int features = shape[^1];
        if (value.Flat is not null) return [Constant.Batch, shape.Count / shape[0]];
        if (value.Rank == 2) return [Constant.Batch, features];
        (int height, int width) = shape.Rank == 4 ? (shape[1], shape[2]) : (1, 1);
        return value.ChannelsLast ? [Constant.Batch, height, width, features] : [Constant.Batch, features, height, width];
    }

    /// <summary>Whether an output or a node takes a value.</summary>
    public bool IsTaken(string value) => outputs.Contains(value) || consumers.ContainsKey(value);

    /// <summary>Adds an input of the network.</summary>
    /// <param name="name">What ONNX calls it.</param>
    /// <param name="height">Its height.</param>
    /// <param name="width">Its width.</param>
    /// <param name="channels">Its channels.</param>
    /// <param name="batch">The batch size that the file fixes; 0 where it is free.</param>
    /// <param name="last">Whether ONNX has the channels last.</param>
    /// <returns>What it is called in the network.</returns>
    public string AddInput(string name, int height, int width, int channels, long batch, bool last)
    {
        if (batch > 0) FixedBatch = batch;
        string unique = Unique(name.Length > 0 ? name : "image");
        inputs.Add(new NetworkInput(unique, height, width, channels));
        shapes.Add(unique, [1, height, width, channels]);
        values[name] = new Value(unique, 4, last);
        return unique;
    }

    private List<OnnxNode> Needed(GraphProto graph)
    {
        HashSet<string> wanted = new(outputs, StringComparer.Ordinal);
        List<OnnxNode> needed = [];
        foreach (NodeProto proto in graph.Node.Reverse())
        {
            if (!proto.Output.Any(wanted.Contains)) continue;
            needed.Add(new OnnxNode(proto));
            wanted.UnionWith(proto.Input);
        }

        needed.Reverse();
        return needed;
    }

    private static string NameOf(OnnxNode node, string? weightName)
    {
        foreach (string ending in (ReadOnlySpan<string>)[".weight", "/weight"])
        {
            if (weightName is not null && weightName.Length > ending.Length && weightName.EndsWith(ending, StringComparison.Ordinal)) return weightName[..^ending.Length];
        }

        string name = node.Name.TrimStart('/');
        return name.Length > 0 ? name : node.Type.ToLowerInvariant();
    }

    private string Unique(string name)
    {
        string unique = name;
        while (!names.TryAdd(unique, 0)) unique = $"{name}_{++names[name]}";
        return unique;
    }
}
