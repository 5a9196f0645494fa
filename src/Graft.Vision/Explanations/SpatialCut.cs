using System.Collections.Immutable;
using Graft.Networks;
using Graft.Operations;
using Graft.Networks.Passes;
using Graft.Tensors;

namespace Graft.Vision.Explanations;

/// <summary>A classifier in two parts: from the picture to a map of features, and from there to the logits.</summary>
/// <param name="Trunk">From the picture to the map, its only output.</param>
/// <param name="Head">From the map, its input, to the logits. It has no dropout: an explanation is of the network as it answers.</param>
/// <param name="Shape">The map: <c>[1, height, width, channels]</c>.</param>
internal sealed record SpatialCut(Network Trunk, Network Head, Shape Shape)
{
    private const string Map = "map";

    /// <summary>Cuts a classifier at the last map before the pooling, the deepest value that still has places and that everything after it is computed from.</summary>
    /// <returns>The parts; null where there is no such map, or no output <c>logits</c>.</returns>
    public static SpatialCut? Last(Network network)
    {
        if (!network.Graph.Outputs.Any(o => o.Name == ClassifierHead.Logits)) return null;
        Graph graph = network.Graph.Truncate(ClassifierHead.Logits);
        foreach (Node node in graph.Nodes.Reverse())
        {
            Shape shape = graph.Shapes[node.Name];
            if (shape.Rank == 4 && shape[1] * shape[2] > 1 && At(network, graph, node.Name) is { } cut) return cut;
        }

        return null;
    }

    /// <summary>Cuts a classifier at a value.</summary>
    /// <returns>The parts; null where the logits depend on the picture by another way, too.</returns>
    private static SpatialCut? At(Network network, Graph graph, string value)
    {
        Dictionary<string, string> names = new() { [value] = value };
        ImmutableArray<Node>.Builder nodes = ImmutableArray.CreateBuilder<Node>();
        Graph trunk = new Graph(graph.Architecture, graph.Inputs, graph.Nodes, [new NetworkOutput(Map, value)]).Truncate(Map);
        HashSet<string> below = [.. trunk.Nodes.Select(n => n.Name)];
        foreach (Node node in graph.Nodes.Where(n => !below.Contains(n.Name)))
        {
            if (!node.Inputs.All(names.ContainsKey)) return null;
            if (node.Operation is Dropout) names[node.Name] = names[node.Inputs[0]];
            else
            {
                names[node.Name] = node.Name;
                nodes.Add(node with { Inputs = [.. node.Inputs.Select(name => names[name])] });
            }
        }

        if (nodes.Count == 0) return null;
        Shape shape = graph.Shapes[value];
        Graph head = new(
            graph.Architecture, [new NetworkInput(value, shape[1], shape[2], shape[3])], nodes.ToImmutable(),
            [new NetworkOutput(ClassifierHead.Logits, names[graph.Output(ClassifierHead.Logits).Value])]);
        return new SpatialCut(With(trunk, network), With(head, network), shape);
    }

    private static Network With(Graph graph, Network network) => new(graph, graph.Parameters.Keys.ToDictionary(name => name, name => network.Weights[name]));
}
