using Graft.Networks;
using Graft.Operations;

namespace Graft.Inference;

/// <summary>
/// What the values of a network take where it runs. Of a quantized one: a byte for each number between steps on bytes, float32 elsewhere, where one value is wanted as both, both, and nothing for what a step computes on its way. Of
/// any other: float32 for each node, what training keeps.
/// </summary>
internal static class StoredValues
{
    /// <summary>The summary of a network with these sizes.</summary>
    public static NetworkSummary Summary(Graph graph) => new(graph, graph.Nodes.Any(node => node.Operation is FakeQuantize) ? Of(graph) : null);

    private static Dictionary<string, long> Of(Graph graph)
    {
        Dictionary<string, long> stored = [];
        foreach (FusedNode last in Fusion.Run(graph, [graph.Outputs[^1].Name]).Steps.Select(step => step.Nodes[^1]))
        {
            // A copy as numbers is no node of its own.
            string value = graph.Shapes.ContainsKey(last.Output) ? last.Output : last.Node.Name;
            stored[value] = stored.GetValueOrDefault(value) + (graph.Shapes[value].Count * (last.Grid is null ? sizeof(float) : 1));
        }

        return stored;
    }
}
