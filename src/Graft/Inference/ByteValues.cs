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
        if (takes && use == ByteUse.ToBytes) takes = Rounds(node.Name) is { } rounded && GridOf(rounded.Name) is not null;
        takers[node.Name] = takes;
        return takes;
    }

    /// <summary>The <see cref="FakeQuantize"/> behind a value, where nothing is between but bounds and nothing else looks at it; null where there is none.</summary>
    private Node? Rounds(string value)
    {
        Node? next = graph.SoleConsumer(value);
        if (next?.Operation.Elementwise is { Clamp: not null }) next = graph.SoleConsumer(next.Name);
        return next is { Operation: FakeQuantize } ? next : null;
    }
}
