using System.Collections.Immutable;
using Graft.Operations;

namespace Graft.Networks.Passes;

/// <summary>Channels that go together: where one is taken away, it is taken out of all these values.</summary>
/// <param name="Name">The first of the values, by which the group is known.</param>
/// <param name="Channels">The number of channels.</param>
/// <param name="Values">The values, in the order of the nodes.</param>
internal sealed record ChannelGroup(string Name, int Channels, ImmutableArray<string> Values)
{
    /// <summary>Why no channel can be taken away, as the end of a sentence; null where some can.</summary>
    public string? Fixed { get; init; }

    /// <summary>Where another kind of channels begins, ascending: of each kind some must stay.</summary>
    public ImmutableArray<int> Splits { get; init; } = [];

    /// <summary>The nodes that take the group's channels and mix them.</summary>
    public ImmutableArray<Node> Readers { get; init; } = [];

    /// <summary>How many of some channels are of each kind.</summary>
    public int[] OfKinds(IEnumerable<int> channels)
    {
        int[] counts = new int[Splits.Length + 1];
        foreach (int channel in channels) counts[Splits.Count(split => split <= channel)]++;
        return counts;
    }
}

/// <summary>
/// Which channels of a graph's values go together. A convolution or a dense layer begins a set of channels; what treats each channel by itself, depthwise convolutions, norms, activations, pools, hands it on;
/// additions and multiplications tie the sets of their inputs together, as those of a residual stream, and of an excitation with what it excites; nodes that share weights tie theirs. The network's inputs, its main output,
/// and what an operation says nothing of are fixed (Liu et al. 2021, "Group Fisher pruning", arXiv:2108.00708, section 3.3, finds the same groups).
/// </summary>
internal sealed class ChannelGroups
{
    private readonly Dictionary<string, string> parents = [];
    private readonly Dictionary<string, string> reasons = [];
    private readonly Dictionary<string, ChannelGroup> byValue = [];

    private ChannelGroups(Graph graph)
    {
        foreach (string value in graph.Shapes.Keys) parents[value] = value;
        foreach (NetworkInput input in graph.Inputs) Fix(input.Name, "it is an input of the network");
        Fix(graph.Outputs[^1].Value, $"it is the network's output '{graph.Outputs[^1].Name}'");
        foreach (Node node in graph.Nodes) Follow(graph, node);
        foreach (IGrouping<string, Node> sharers in graph.Nodes.GroupBy(node => node.Scope).Where(sharers => sharers.Skip(1).Any())) TieAll([.. sharers]);
        Groups = [.. graph.Shapes.Keys.GroupBy(Find).Select(values => Make(graph, [.. values]))];
        foreach (ChannelGroup group in Groups)
            foreach (string value in group.Values) byValue.Add(value, group);
    }

    /// <summary>All groups, in the order of the nodes.</summary>
    public ImmutableArray<ChannelGroup> Groups { get; }

    /// <summary>Finds the groups of a graph.</summary>
    public static ChannelGroups Of(Graph graph) => new(graph);

    /// <summary>The group of a value.</summary>
    public ChannelGroup this[string value] => byValue[value];

    private void Follow(Graph graph, Node node)
    {
        switch (node.Operation.Channels(Graph.InputShapes(node, graph.Shapes)))
        {
            case ChannelFlow.Same:
                foreach (string input in node.Inputs) Tie(input, node.Name);
                break;
            case ChannelFlow.Fixed:
                foreach (string value in node.Inputs.Append(node.Name)) Fix(value, $"'{node.Name}' ({node.Operation.Label}) takes them as a whole");
                break;
        }
    }

    private void TieAll(Node[] sharers)
    {
        foreach (Node other in sharers.Skip(1))
        {
            Tie(sharers[0].Name, other.Name);
            foreach ((string first, string second) in sharers[0].Inputs.Zip(other.Inputs)) Tie(first, second);
        }
    }

    private ChannelGroup Make(Graph graph, ImmutableArray<string> values)
    {
        int channels = graph.Shapes[values[0]][^1];
        IEnumerable<Node> handedOn = values.Select(graph.Producer).OfType<Node>();
        return new ChannelGroup(values[0], channels, values)
        {
            Fixed = values.Select(value => reasons.GetValueOrDefault(value)).FirstOrDefault(reason => reason is not null),
            Splits = [.. handedOn.Select(node => node.Operation.ChannelSplit(channels)).OfType<int>().Distinct().Order()],
            Readers = [.. values.SelectMany(graph.Consumers).Where(node => node.Operation.Channels(Graph.InputShapes(node, graph.Shapes)) == ChannelFlow.Mixed)],
        };
    }

    private void Fix(string value, string reason) => reasons.TryAdd(value, reason);

    private void Tie(string one, string other) => parents[Find(other)] = Find(one);

    private string Find(string value)
    {
        while (parents[value] != value) value = parents[value] = parents[parents[value]];
        return value;
    }
}
