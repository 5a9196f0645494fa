using Graft.Operations;
using System.Collections.Immutable;

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

    /// <summary>Names a value as an output.</summary>
    public void Output(string name, string value) => outputs.Add(new NetworkOutput(name, value));

    /// <summary>Checks what was added and makes the graph.</summary>
    /// <exception cref="NetworkException">A name is used twice, a value is unknown, or shapes do not fit.</exception>
    public Graph Build() => new(architecture, [.. inputs], [.. nodes], [.. outputs]);
}
