namespace Graft.Formats.GraphModels;

/// <summary>The nodes of a file by their names, what it declares as its inputs and outputs, and the order in which values are computed.</summary>
internal sealed class GraphFile
{
    private const int MostNodes = 20_000;
    private const int MostOutputs = 64;

    private readonly Dictionary<string, GraphNode> nodes = new(StringComparer.Ordinal);
    private readonly List<GraphNode> all = [];
    private readonly JsonPart? signature;

    /// <summary>Reads the nodes.</summary>
    /// <param name="name">What errors call the file.</param>
    /// <param name="root">Its <c>model.json</c>.</param>
    public GraphFile(string name, JsonPart root)
    {
        Name = name;
        foreach (JsonPart part in root["modelTopology"]["node"].Items(MostNodes))
        {
            GraphNode node = new(name, part);
            if (!nodes.TryAdd(node.Name, node)) throw node.Refuse("another node has its name. The file is damaged.");
            all.Add(node);
        }

        // Older programs put it among what users add.
        signature = root.FindValue("userDefinedMetadata")?.FindValue("signature") ?? root.FindValue("signature");
        Outputs = [.. Declared()];
        if (Outputs.Length == 0) throw new WeightFileException(name, "the graph has no output.");
        Ordered = Order();
    }

    /// <summary>What errors call the file.</summary>
    public string Name { get; }

    /// <summary>The number of nodes.</summary>
    public int Count => all.Count;

    /// <summary>The outputs, the result first, by their own names and those of their nodes.</summary>
    public (string Name, string Node)[] Outputs { get; }

    /// <summary>The nodes that the outputs need, each behind those that it takes.</summary>
    public List<GraphNode> Ordered { get; }

    /// <summary>The node of a name, if there is one.</summary>
    public GraphNode? Find(string name) => nodes.GetValueOrDefault(name);

    /// <summary>The extents that the file declares for an input beside the graph, with -1 for those that are open; null where it does not.</summary>
    public int[]? InputExtents(string node)
    {
        if (signature?.FindValue("inputs") is not { } inputs) return null;
        foreach ((_, JsonPart input) in inputs.Members())
            if (input.FindValue("name") is { } name && GraphNode.Own(name.String()) == node && input.FindValue("tensorShape") is { } shape) return GraphNode.Extents(shape);
        return null;
    }

    private IEnumerable<(string, string)> Declared()
    {
        List<(string Name, JsonPart Value)> given = signature?.FindValue("outputs")?.Members() ?? [];
        if (given.Count > MostOutputs) throw new WeightFileException(Name, $"the graph has {given.Count} outputs; at most {MostOutputs} are read.");
        if (given.Count > 0) return given.Select(output => (output.Name, GraphNode.Own(output.Value["name"].String())));

        // As TensorFlow.js does: what no node takes.
        HashSet<string> taken = [.. all.SelectMany(node => node.Inputs)];
        GraphNode[] last = [.. all.Where(node => !taken.Contains(node.Name) && node.Operation is not ("Const" or "Placeholder" or "NoOp"))];
        return last.Length <= MostOutputs ? last.Select(node => (node.Name, node.Name)) : throw new WeightFileException(Name, $"the graph has {last.Length} nodes whose value no other takes; at most {MostOutputs} are read as outputs.");
    }

    // Depth first on a stack of its own: a file may chain all its nodes.
    private List<GraphNode> Order()
    {
        List<GraphNode> ordered = [];
        Dictionary<string, bool> isDone = new(StringComparer.Ordinal);
        Stack<(GraphNode Node, int Next)> way = [];
        foreach ((_, string output) in Outputs)
        {
            Enter(nodes.GetValueOrDefault(output) ?? throw new WeightFileException(Name, $"the output {WeightFileException.Quote(output)} is no node of the graph."));
            while (way.TryPop(out (GraphNode Node, int Next) place))
            {
                if (place.Next == place.Node.Inputs.Length)
                {
                    isDone[place.Node.Name] = true;
                    ordered.Add(place.Node);
                    continue;
                }

                way.Push((place.Node, place.Next + 1));
                string taken = place.Node.Inputs[place.Next];
                Enter(nodes.GetValueOrDefault(taken) ?? throw place.Node.Refuse(
                    taken.LastIndexOf(':') is > 0 and var colon && nodes.ContainsKey(taken[..colon]) ? $"it takes {WeightFileException.Quote(taken)}, and only the first value of a node is read." : $"it takes {WeightFileException.Quote(taken)}, which is no node of the graph."));
            }
        }

        return ordered;

        void Enter(GraphNode node)
        {
            if (isDone.TryAdd(node.Name, false)) way.Push((node, 0));
            else if (!isDone[node.Name]) throw node.Refuse("it takes what is computed of its own value, and graphs with loops are not read.");
        }
    }
}
