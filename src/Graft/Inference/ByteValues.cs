using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Operations;
using Graft.Plans;

namespace Graft.Inference;

/// <summary>Which values of a graph a plan keeps as bytes: those of a <see cref="FakeQuantize"/> that somebody can take so.</summary>
/// <param name="graph">The graph.</param>
internal sealed class ByteValues(Graph graph)
{
    private readonly Dictionary<string, bool> takers = [];

    /// <summary>The grid of a value that is kept as bytes; null where it is numbers.</summary>
    public ByteGrid? GridOf(string value) => graph.Producer(value)?.Operation is FakeQuantize { Grid: var grid } && graph.Consumers(value).Any(Takes) ? grid : null;

    /// <summary>Whether a node is run on bytes.</summary>
    public bool Takes(Node node)
    {
        if (takers.TryGetValue(node.Name, out bool takes)) return takes;
        ByteUse use = node.Operation.OnBytes(Graph.InputShapes(node, graph.Shapes));
        takes = use != ByteUse.None && node.Inputs.All(input => graph.Producer(input)?.Operation is FakeQuantize);
        if (takes && use == ByteUse.ToBytes) takes = GivesBytes(node, boundsOnly: true);
        takers[node.Name] = takes;
        return takes;
    }

    /// <summary>Whether a node that is run on bytes gives bytes, too: nothing but an activation is between it and the rounding, and nothing else looks at what it computes.</summary>
    /// <param name="node">The node.</param>
    /// <param name="boundsOnly">Whether the activation may be no more than bounds.</param>
    public bool GivesBytes(Node node, bool boundsOnly = false)
    {
        Node? next = graph.SoleConsumer(node.Name);
        if (next?.Operation.Elementwise is { } function && (function.Clamp is not null || !boundsOnly)) next = graph.SoleConsumer(next.Name);
        return next is { Operation: FakeQuantize } && GridOf(next.Name) is not null;
    }
}
