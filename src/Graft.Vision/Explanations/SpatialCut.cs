using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Vision.Explanations;

/// <summary>A classifier in two parts: from the image to a map of features, and from there to the logits.</summary>
/// <param name="Trunk">From the image to the map, its only output.</param>
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
        NetworkOutput logits = network.Graph.Output(ClassifierHead.Logits);
        Graph graph = network.Graph.Truncate(ClassifierHead.Logits);
        foreach (Node node in graph.Nodes.Reverse())
        {
            Shape shape = graph.Shapes[node.Name];
            if (shape.Rank != 4 || shape[1] * shape[2] <= 1 || !graph.Separates(node.Name, logits)) continue;
            Graph head = graph.Between([node.Name], logits).Bypass(below => below.Operation is Dropout);
            if (head.Nodes.IsEmpty) continue;
            Network trunk = network.Between([.. graph.Inputs.Select(input => input.Name)], new NetworkOutput(Map, node.Name));
            return new SpatialCut(trunk, network.WithGraph(head), shape);
        }

        return null;
    }
}
