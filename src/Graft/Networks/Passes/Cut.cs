using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Networks.Passes;

/// <summary>Cuts parts out of a network.</summary>
public static class Cut
{
    /// <summary>The part of a graph that computes the named outputs; the last one named becomes the main one.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="outputs">The names of outputs.</param>
    /// <exception cref="NetworkException">The graph has no output of such a name.</exception>
    public static Graph Truncate(this Graph graph, params ReadOnlySpan<string> outputs)
    {
        ImmutableArray<NetworkOutput>.Builder kept = ImmutableArray.CreateBuilder<NetworkOutput>(outputs.Length);
        foreach (string name in outputs) kept.Add(graph.Output(name));
        return graph.Between([.. graph.Inputs.Select(input => input.Name)], kept.ToImmutable().AsSpan());
    }

    /// <summary>The part of a network that computes the named outputs, with only the weights that it needs.</summary>
    /// <param name="network">The network.</param>
    /// <param name="outputs">The names of outputs.</param>
    /// <exception cref="NetworkException">The network has no output of such a name.</exception>
    public static Network Truncate(this Network network, params ReadOnlySpan<string> outputs) => network.WithGraph(network.Graph.Truncate(outputs));

    /// <summary>The part of a graph that computes values from values.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="from">The values that the part takes: inputs, and maps that become inputs.</param>
    /// <param name="outputs">The values that it computes, under the names that they have as outputs; the main one last.</param>
    /// <exception cref="NetworkException">A value is unknown or no map, or an output depends on an input by another way, too.</exception>
    public static Graph Between(this Graph graph, IReadOnlyCollection<string> from, params ReadOnlySpan<NetworkOutput> outputs)
    {
        HashSet<string> needed = Needed(graph, from, outputs);
        if (OtherInput(graph, from, needed) is { } other)
        {
            string given = string.Join(", ", from.Select(name => $"'{name}'"));
            throw new NetworkException($"The part of '{graph.Architecture}' takes {given} alone, but it depends on '{other}' by another way, too.");
        }

        ImmutableArray<Node> nodes = [.. graph.Nodes.Where(node => needed.Contains(node.Name) && !from.Contains(node.Name))];
        return new Graph(graph.Architecture, [.. from.Select(graph.AsInput)], nodes, [.. outputs]);
    }

    /// <summary>The part of a network that computes values from values, with only the weights that it needs.</summary>
    /// <param name="network">The network.</param>
    /// <param name="from">The values that the part takes: inputs, and maps that become inputs.</param>
    /// <param name="outputs">The values that it computes, under the names that they have as outputs; the main one last.</param>
    /// <exception cref="NetworkException">A value is unknown or no map, or an output depends on an input by another way, too.</exception>
    public static Network Between(this Network network, IReadOnlyCollection<string> from, params ReadOnlySpan<NetworkOutput> outputs) =>
        network.WithGraph(network.Graph.Between(from, outputs));

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

    /// <summary>Whether an output depends on the inputs through a value alone.</summary>
    internal static bool Separates(this Graph graph, string value, NetworkOutput output) =>
        OtherInput(graph, [value], Needed(graph, [value], [output])) is null;

    /// <summary>The input that is needed and not among what is given, or null.</summary>
    private static string? OtherInput(Graph graph, IReadOnlyCollection<string> from, HashSet<string> needed) =>
        graph.Inputs.FirstOrDefault(input => needed.Contains(input.Name) && !from.Contains(input.Name))?.Name;

    /// <summary>The values that some are computed from, themselves included, where others are given.</summary>
    private static HashSet<string> Needed(Graph graph, IReadOnlyCollection<string> from, ReadOnlySpan<NetworkOutput> outputs)
    {
        HashSet<string> needed = [];
        foreach (NetworkOutput output in outputs) needed.Add(output.Value);
        foreach (Node node in graph.Nodes.Reverse())
        {
            if (needed.Contains(node.Name) && !from.Contains(node.Name)) needed.UnionWith(node.Inputs);
        }

        return needed;
    }

    /// <summary>A value as an input of a part.</summary>
    /// <exception cref="NetworkException">The value is unknown, or no map.</exception>
    internal static NetworkInput AsInput(this Graph graph, string value)
    {
        if (graph.Inputs.FirstOrDefault(input => input.Name == value) is { } input) return input;
        if (!graph.Shapes.TryGetValue(value, out Shape shape)) throw new NetworkException($"Network '{graph.Architecture}' has no value '{value}'.");
        if (shape.Rank == 4) return new NetworkInput(value, shape[1], shape[2], shape[3]);
        throw new NetworkException(
            $"An input is a map [batch, height, width, channels], and the value '{value}' of '{graph.Architecture}' is {shape}. Cut before it.");
    }

    /// <summary>A network in which no node and no weight bears a name.</summary>
    private static Network WithoutName(Network network, string name)
    {
        Graph graph = network.Graph;
        if (graph.Producer(name) is null && graph.Sharers(name).Count == 0) return network;
        string fresh = new FreshNames(graph).Take($"trunk_{name}");
        Graph renamed = graph.WithNodes([.. graph.Nodes.Select(node => node.Renamed(New, New))], New);
        return new Network(renamed, renamed.Parameters.Keys.Zip(graph.Parameters.Keys, (now, before) => (now, network.Weights[before])).ToDictionary());

        string New(string old) => old == name ? fresh : old;
    }
}
