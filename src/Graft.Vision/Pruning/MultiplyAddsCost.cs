using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Vision.Pruning;

/// <summary>Multiply-adds as a cost: of a layer that mixes channels they grow with inputs x outputs, of a depthwise one with its channels.</summary>
internal static class MultiplyAddsCost
{
    /// <summary>The cost of a graph by the widths of its groups.</summary>
    public static PruningCost Of(Graph graph, ChannelGroups groups)
    {
        List<PruningCost.Part> parts = [];
        foreach (Node node in graph.Nodes)
        {
            Shape[] inputs = Graph.InputShapes(node, graph.Shapes);
            double whole = node.Operation.MultiplyAdds(inputs);
            if (whole == 0) continue;
            int input = groups.Groups.IndexOf(groups[node.Inputs[0]]), output = groups.Groups.IndexOf(groups[node.Name]);
            double perInput = whole / inputs[0][^1] / graph.Shapes[node.Name][^1], perOutput = whole / graph.Shapes[node.Name][^1];
            parts.Add(node.Operation.Channels(inputs) == ChannelFlow.Mixed
                ? new([input, output], widths => perInput * widths[input] * widths[output])
                : new([output], widths => perOutput * widths[output]));
        }

        return new PruningCost(groups.Groups.Length, parts);
    }
}
