using Graft.Activations;
using Graft.Formats.Keras;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Formats.GraphModels;

/// <summary>Walks a graph and collects the network that it is: what is known so far, and what the operations' readers add to it.</summary>
internal sealed class GraphReader
{
    private const int LargestSide = 16384;
    private const int MostChannels = 65536;

    // A number of the file may be a byte, which becomes a float32 number, and again one in the layer that takes it.
    private const int BytesPerNumber = 20, LeastBudget = 1 << 18;

    private readonly Dictionary<string, ChannelsLastValue> values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GraphConstant> constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<GraphNode>> consumers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Tensor Factors, Tensor Offsets)> affine = new(StringComparer.Ordinal);
    private readonly HashSet<string> steps = new(StringComparer.Ordinal);
    private readonly HashSet<string> outputs;
    private readonly GraphFile file;
    private readonly TfjsWeights weights;
    private readonly NetworkDraft draft = new();
    private long budget;

    /// <summary>Reads the nodes that the outputs need.</summary>
    /// <param name="file">The graph.</param>
    /// <param name="weights">The numbers of its constants.</param>
    /// <param name="resolution">The side of the image where the file leaves it open.</param>
    public GraphReader(GraphFile file, TfjsWeights weights, int resolution)
    {
        (this.file, this.weights) = (file, weights);
        budget = Math.Max(LeastBudget, BytesPerNumber * weights.Names.Sum(name => weights.Shape(name).Count));
        outputs = [.. file.Outputs.Select(output => output.Node)];
        foreach (GraphNode node in file.Ordered)
        {
            foreach (string input in node.Inputs)
            {
                if (!consumers.TryGetValue(input, out List<GraphNode>? list)) consumers.Add(input, list = []);
                list.Add(node);
            }
        }

        GraphNode[] images = [.. file.Ordered.Where(node => node.Operation == "Placeholder")];
        if (images.Length != 1) throw new WeightFileException(file.Name, $"the graph's result depends on {Amount.Of(images.Length, "input")}, and Graft reads networks of one image.");
        Image = images[0];
        int[] extents = ImageExtents();
        HasFreeSides = extents[1] == -1 || extents[2] == -1;
        Input = draft.AddInput(Short(Image.Name), Side(extents[1], resolution), Side(extents[2], resolution), extents[3]);
        Give(Image, new ChannelsLastValue(Input.Name, 4));
        foreach (GraphNode node in file.Ordered)
        {
            // A reader may have taken in the node that follows.
            if (Find(node.Name) is null && Known(node.Name) is null) OperationReader.Read(this, node);
        }
    }

    /// <summary>The node of the image.</summary>
    public GraphNode Image { get; }

    /// <summary>The image.</summary>
    public NetworkInput Input { get; }

    /// <summary>Whether the file leaves a side of its image open.</summary>
    public bool HasFreeSides { get; }

    /// <summary>The network so far.</summary>
    public NetworkDraft Draft => draft;

    /// <summary>The constants of the file that nothing took.</summary>
    public IEnumerable<string> Unused => weights.Names.Where(name => !constants.ContainsKey(name));

    /// <summary>The extents of a value in Graft's network.</summary>
    public Shape Shape(ChannelsLastValue value) => draft.Shape(value.Name);

    /// <summary>A value that an earlier node computes, if it is one.</summary>
    public ChannelsLastValue? Find(string name) => values.GetValueOrDefault(name);

    /// <summary>A value that is known before the network runs, if it is one.</summary>
    public GraphConstant? Known(string name)
    {
        if (constants.TryGetValue(name, out GraphConstant? constant)) return constant;
        if (file.Find(name) is not { Operation: "Const" } node) return null;
        if (!weights.Names.Contains(name)) throw node.Refuse("the manifest has no weight of its name.");
        constants.Add(name, constant = new GraphConstant(name, [.. weights.Shape(name)], () => weights.Values(name)));
        return constant;
    }

    /// <summary>An input that an earlier node computes.</summary>
    public ChannelsLastValue Take(GraphNode node, int index, bool padded = false)
    {
        string name = NameOf(node, index, "input");
        if (!values.TryGetValue(name, out ChannelsLastValue? value))
            throw node.Refuse($"it takes the constant {WeightFileException.Quote(name)} where Graft takes a value that depends on the image.");
        return padded || value.Padding == default ? value : throw node.Refuse("it follows a node of the operation 'Pad', and Graft pads only before a convolution.");
    }

    /// <summary>An input that must be known before the network runs.</summary>
    public GraphConstant TakeConstant(GraphNode node, int index, string what)
    {
        string name = NameOf(node, index, what);
        return Known(name) ?? throw node.Refuse($"its {what} {WeightFileException.Quote(name)} depends on the image, and is known before in what Graft reads.");
    }

    /// <summary>Counts memory that is taken for what a node makes of constants, before it is.</summary>
    public void Spend(GraphNode node, long bytes)
    {
        budget -= bytes;
        if (budget < 0) throw node.Refuse("the graph's nodes use its weights so often that they would take many times their size.");
    }

    /// <summary>The node that alone takes a node's value, if there is one and the value is no output.</summary>
    public GraphNode? SoleConsumer(GraphNode node) => !outputs.Contains(node.Name) && consumers.TryGetValue(node.Name, out List<GraphNode>? list) && list.Count == 1 ? list[0] : null;

    /// <summary>Says which value of Graft's network a node computes.</summary>
    public void Give(GraphNode node, ChannelsLastValue value) => values[node.Name] = value;

    /// <summary>Says that a node's value is known before the network runs.</summary>
    public void Give(GraphNode node, GraphConstant constant) => constants[node.Name] = constant;

    /// <summary>Says that a node computes a factor and an offset for each channel.</summary>
    public void GiveAffine(GraphNode node, ChannelsLastValue value, Tensor factors, Tensor offsets)
    {
        Give(node, value);
        affine.Add(node.Name, (factors, offsets));
        steps.Add(value.Name);
    }

    /// <summary>Whether a step of the network is a factor and an offset for each channel, made of the graph's arithmetic.</summary>
    public bool IsAffine(string step) => steps.Contains(step);

    /// <summary>The factors and offsets that a node alone takes the result of; null where its input is something else, or something else takes it, too.</summary>
    /// <param name="node">The node.</param>
    /// <param name="input">The node that it takes.</param>
    public (Tensor Factors, Tensor Offsets)? Affine(GraphNode node, string input) =>
        affine.TryGetValue(input, out (Tensor, Tensor) step) && SoleConsumer(file.Find(input)!) == node ? step : null;

    /// <summary>Ends a node: its activation, and that it computes this.</summary>
    public void Finish(GraphNode node, ChannelsLastValue value, ActivationFunction? activation = null) =>
        Give(node, activation is null ? value : value with { Name = Add(node, new Activation(activation), [value], suffix: ".activation") });

    /// <summary>Adds a step to the network.</summary>
    /// <param name="node">The node that it comes from.</param>
    /// <param name="operation">What it computes.</param>
    /// <param name="takes">The values that it takes.</param>
    /// <param name="arrays">Its weights by their names within the operation.</param>
    /// <param name="suffix">What its name has behind the node's.</param>
    /// <returns>The name of its value in the network.</returns>
    public string Add(GraphNode node, Operation operation, ReadOnlySpan<ChannelsLastValue> takes, (string Name, Tensor Values)[]? arrays = null, string suffix = "")
    {
        string[] from = new string[takes.Length];
        for (int i = 0; i < takes.Length; i++) from[i] = takes[i].Name;
        try
        {
            return draft.Add(Short(node.Name), operation, from, arrays, suffix);
        }
        catch (NetworkException e)
        {
            throw node.Refuse(e.Message);
        }
    }

    /// <summary>Pooled features of a value: itself, or the mean of an image.</summary>
    public ChannelsLastValue Pooled(GraphNode node, ChannelsLastValue value, int rank) => value with { Rank = rank, Name = Shape(value).Rank == 2 ? value.Name : Add(node, new GlobalAveragePool(), [value]) };

    // Functions that were put in where they are called leave this in the names of all that is in them.
    private static string Short(string name)
    {
        string shorter = string.Join('/', name.Split('/').Where(part => part is not ("StatefulPartitionedCall" or "PartitionedCall")));
        return shorter.Length > 0 ? shorter : "node";
    }

    private static string NameOf(GraphNode node, int index, string what) => node.Has(index) ? node.Inputs[index] : throw node.Refuse($"its {what} is left out.");

    // With -1 for those that are open.
    private int[] ImageExtents()
    {
        string type = Image.Type("dtype");
        if (type is not ("DT_FLOAT" or "DT_INT32" or "DT_UINT8" or "")) throw Image.Refuse($"it is of the type {WeightFileException.Quote(type)}, and images of DT_FLOAT, DT_INT32 and DT_UINT8 are read.");
        int[] extents = Image.Extents("shape") is { Length: > 0 } own ? own : file.InputExtents(Image.Name) ?? [];
        if (extents.Length != 4) throw Image.Refuse($"it has {Amount.Of(extents.Length, "axis", "axes")}, and Graft reads networks of images: [batch, height, width, channels].");
        if (extents[0] is not (-1 or 1)) throw Image.Refuse($"its batch is {extents[0]}; a free one, or one of 1, is read.");
        if (extents[3] is < 1 or > MostChannels) throw Image.Refuse($"it has {(extents[3] < 0 ? "a free number of channels" : Amount.Of(extents[3], "channel"))}; it takes 1 to {MostChannels:N0}.");
        return extents;
    }

    private int Side(int extent, int resolution) => extent switch
    {
        -1 => resolution,
        > 0 and <= LargestSide => extent,
        _ => throw Image.Refuse($"it has a side of {extent} pixels; it must be from 1 to {LargestSide}."),
    };
}
