using System.Collections.Immutable;
using Graft.Operations;

namespace Graft.Networks;

/// <summary>Collects nodes in order. Blocks of a paper are functions that add nodes here.</summary>
/// <param name="architecture">The architecture's name.</param>
public sealed class GraphBuilder(string architecture)
{
    private readonly List<NetworkInput> inputs = [];
    private readonly List<Node> nodes = [];
    private readonly List<NetworkOutput> outputs = [];

    /// <summary>Starts from a graph: its inputs, nodes and outputs are taken over.</summary>
    public GraphBuilder(Graph graph)
        : this(graph.Architecture)
    {
        inputs.AddRange(graph.Inputs);
        nodes.AddRange(graph.Nodes);
        outputs.AddRange(graph.Outputs);
    }

    /// <summary>Adds an image input.</summary>
    /// <returns>The value's name.</returns>
    public string Input(string name, int height, int width, int channels)
    {
        inputs.Add(new NetworkInput(name, height, width, channels));
        return name;
    }

    /// <summary>Adds a node.</summary>
    /// <returns>The name of the value that it computes, which is the node's.</returns>
    public string Add(string name, Operation operation, params ImmutableArray<string> takes)
    {
        nodes.Add(new Node(name, operation, takes));
        return name;
    }

    /// <summary>Adds the nodes of a graph, whose inputs become values that are here. Its outputs are not taken over.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="prefix">Put before the names of its nodes and, where no other scope is given, of its weights.</param>
    /// <param name="takes">A value for each of its inputs.</param>
    /// <param name="scope">Put before the names of its weights; null for the prefix. A graph that is added twice with one scope shares its weights.</param>
    /// <returns>The name here of each of its values.</returns>
    /// <exception cref="NetworkException">It has another number of inputs.</exception>
    internal Func<string, string> Add(Graph graph, string prefix, ImmutableArray<string> takes, string? scope = null)
    {
        if (graph.Inputs.Length != takes.Length)
            throw new NetworkException($"'{graph.Architecture}' takes {Amount.Of(graph.Inputs.Length, "input")}, not {takes.Length}.");
        Dictionary<string, string> given = graph.Inputs.Zip(takes).ToDictionary(pair => pair.First.Name, pair => pair.Second);
        nodes.AddRange(graph.Nodes.Select(node => node.Renamed(Value, name => (scope ?? prefix) + name)));
        return Value;

        string Value(string name) => given.GetValueOrDefault(name) ?? (prefix + name);
    }

    /// <summary>Names a value as an output.</summary>
    public void Output(string name, string value) => outputs.Add(new NetworkOutput(name, value));

    /// <summary>Checks what was added and makes the graph.</summary>
    /// <exception cref="NetworkException">A name is used twice, a value is unknown, or shapes do not fit.</exception>
    public Graph Build() => new(architecture, [.. inputs], [.. nodes], [.. outputs]);
}
