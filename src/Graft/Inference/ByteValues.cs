using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Operations;
using Graft.Plans;

namespace Graft.Inference;

/// <summary>Which values of a graph a plan keeps as bytes: those of a <see cref="FakeQuantize"/> that somebody can take so.</summary>
internal sealed class ByteValues
{
    private readonly Graph graph;
    private readonly HashSet<string> takers = [];

    /// <summary>Decides for all nodes.</summary>
    /// <param name="graph">The graph.</param>
    public ByteValues(Graph graph)
    {
        this.graph = graph;

        // Whether a node takes bytes depends on nodes behind it alone.
        foreach (Node node in graph.Nodes.Reverse())
            if (CanTake(node)) takers.Add(node.Name);
    }

    /// <summary>The grid of a value that is kept as bytes; null where it is numbers.</summary>
    public ByteGrid? GridOf(string value) => graph.Producer(value)?.Operation is FakeQuantize { Grid: var grid } && graph.Consumers(value).Any(Takes) ? grid : null;

    /// <summary>Whether a node is run on bytes.</summary>
    public bool Takes(Node node) => takers.Contains(node.Name);

    /// <summary>Whether a node that is run on bytes gives bytes, too: nothing but an activation is between it and the rounding, and nothing else looks at what it computes.</summary>
    /// <param name="node">The node.</param>
    /// <param name="boundsOnly">Whether the activation may be no more than bounds.</param>
    public bool GivesBytes(Node node, bool boundsOnly = false)
    {
        Node? next = graph.SoleConsumer(node.Name);
        if (next?.Operation.Elementwise is { } function && (function.Clamp is not null || !boundsOnly)) next = graph.SoleConsumer(next.Name);
        return next is { Operation: FakeQuantize } && GridOf(next.Name) is not null;
    }

    private bool CanTake(Node node)
    {
        ByteUse use = node.Operation.OnBytes(Graph.InputShapes(node, graph.Shapes));
        return use != ByteUse.None && node.Inputs.All(input => graph.Producer(input)?.Operation is FakeQuantize) && (use == ByteUse.ToAny || GivesBytes(node, boundsOnly: true));
    }
}
