using Graft.Operations;
using System.Collections.Immutable;

namespace Graft.Networks.Passes;

/// <summary>Cuts a network down to what some of its outputs need.</summary>
public static class Truncation
{
    /// <summary>The part of a graph that computes the named outputs; the last one named becomes the main one.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="outputs">The names of outputs.</param>
    /// <exception cref="NetworkException">The graph has no output of such a name.</exception>
    public static Graph Truncate(this Graph graph, params ReadOnlySpan<string> outputs)
    {
        ImmutableArray<NetworkOutput>.Builder kept = ImmutableArray.CreateBuilder<NetworkOutput>(outputs.Length);
        foreach (string name in outputs) kept.Add(graph.Output(name));
        HashSet<string> needed = [.. kept.Select(o => o.Value)];
        foreach (Node node in graph.Nodes.Reverse())
        {
            if (needed.Contains(node.Name)) needed.UnionWith(node.Inputs);
        }

        return new Graph(graph.Architecture, graph.Inputs, [.. graph.Nodes.Where(n => needed.Contains(n.Name))], kept.ToImmutable());
    }

    /// <summary>The part of a network that computes the named outputs, with only the weights that it needs.</summary>
    /// <param name="network">The network.</param>
    /// <param name="outputs">The names of outputs.</param>
    /// <exception cref="NetworkException">The network has no output of such a name.</exception>
    public static Network Truncate(this Network network, params ReadOnlySpan<string> outputs)
    {
        Graph graph = network.Graph.Truncate(outputs);
        return new Network(graph, graph.Parameters.Keys.ToDictionary(name => name, name => network.Weights[name]));
    }

    /// <summary>
    /// The trunk of a classifier: everything up to <c>features</c>, with the taps on the way. The names of a head's nodes are free in it: nodes of another program's
    /// network that bear them are renamed.
    /// </summary>
    /// <param name="network">A network with an output <c>features</c>.</param>
    /// <exception cref="NetworkException">The network has no such output.</exception>
    public static Network Trunk(this Network network)
    {
        NetworkOutput features = network.Graph.Output(ClassifierHead.Features);
        int index = network.Graph.Outputs.IndexOf(features);
        Network trunk = network.Truncate([.. network.Graph.Outputs.Take(index + 1).Select(o => o.Name)]);
        return ClassifierHead.Names.Aggregate(trunk, WithoutName);
    }

    /// <summary>A network in which no node and no weight bears a name.</summary>
    private static Network WithoutName(Network network, string name)
    {
        Graph graph = network.Graph;
        if (!graph.Nodes.Any(node => node.Name == name || node.Scope == name)) return network;
        HashSet<string> taken = [.. graph.Inputs.Select(i => i.Name), .. graph.Nodes.Select(n => n.Name), .. graph.Nodes.Select(n => n.Scope)];
        string fresh = $"trunk_{name}";
        while (taken.Contains(fresh)) fresh += "_";
        ImmutableArray<Node> nodes = [.. graph.Nodes.Select(node => new Node(New(node.Name), node.Operation, [.. node.Inputs.Select(New)]) { Scope = New(node.Scope) })];
        Graph renamed = new(graph.Architecture, graph.Inputs, nodes, [.. graph.Outputs.Select(output => output with { Value = New(output.Value) })]);
        IEnumerable<KeyValuePair<string, Tensors.Tensor>> weights = graph.Parameters.Keys.Zip(renamed.Parameters.Keys, (before, after) => KeyValuePair.Create(after, network.Weights[before]));
        return new Network(renamed, new Dictionary<string, Tensors.Tensor>(weights));

        string New(string old) => old == name ? fresh : old;
    }
}
