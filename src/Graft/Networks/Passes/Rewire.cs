using System.Collections.Immutable;

namespace Graft.Networks.Passes;

/// <summary>Changes which values the nodes and outputs of a graph take.</summary>
internal static class Rewire
{
    /// <summary>The graph without some of its nodes: what took their values takes what they took.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="leaves">Whether a node, which takes one value, is left out.</param>
    /// <exception cref="NetworkException">A node that is to be left out takes several values, or a later one does not fit what it took.</exception>
    public static Graph Bypass(this Graph graph, Func<Node, bool> leaves)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(leaves);
        Dictionary<string, string> before = [];
        ImmutableArray<Node>.Builder kept = ImmutableArray.CreateBuilder<Node>();
        foreach (Node node in graph.Nodes)
        {
            if (!leaves(node)) kept.Add(node.Taking(Value));
            else if (node.Inputs is [string input]) before[node.Name] = Value(input);
            else throw new NetworkException($"Only a node that takes one value can be left out; '{node.Name}' takes {node.Inputs.Length}.");
        }

        return graph.WithNodes(kept.ToImmutable(), Value);

        string Value(string name) => before.GetValueOrDefault(name, name);
    }

    /// <summary>The graph with other nodes.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="nodes">The nodes.</param>
    /// <param name="values">The value that an output names now for the one that it named; null where they are the same.</param>
    internal static Graph WithNodes(this Graph graph, ImmutableArray<Node> nodes, Func<string, string>? values = null) =>
        new(graph.Architecture, graph.Inputs, nodes, values is null ? graph.Outputs : [.. graph.Outputs.Select(o => o with { Value = values(o.Value) })]);
}
