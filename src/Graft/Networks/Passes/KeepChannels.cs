using System.Collections.Immutable;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Networks.Passes;

/// <summary>Takes channels out of a network.</summary>
internal static class KeepChannels
{
    /// <summary>The network with a part of the channels of some groups. Where the others were zero everywhere it computes the same.</summary>
    /// <param name="network">The network.</param>
    /// <param name="groups">The groups of its graph.</param>
    /// <param name="kept">The channels that stay, ascending, by the name of their group; all stay of a group that is not named.</param>
    /// <exception cref="NetworkException">A group is unknown or fixed, or channels are none, out of order or out of range.</exception>
    public static Network KeepingChannels(this Network network, ChannelGroups groups, IReadOnlyDictionary<string, ImmutableArray<int>> kept)
    {
        foreach ((string name, ImmutableArray<int> channels) in kept) Require(network.Graph, groups, name, channels);
        Graph graph = network.Graph;
        ImmutableArray<Node>.Builder nodes = ImmutableArray.CreateBuilder<Node>();
        Dictionary<string, Tensor> changed = [];
        foreach (Node node in graph.Nodes)
        {
            KeptChannels part = new(graph.Shapes[node.Name][^1], Of(node.Inputs[0]), Of(node.Name));
            if (!IsLess(node.Inputs[0]) && !IsLess(node.Name))
            {
                nodes.Add(node);
                continue;
            }

            nodes.Add(node with { Operation = node.Operation.WithChannels(part) });
            foreach (Parameter parameter in node.Operation.Parameters(Graph.InputShapes(node, graph.Shapes)))
                changed[node.WeightName(parameter.Name)] = node.Operation.Cut(parameter.Name, network.Weight(node, parameter.Name), part);
        }

        return network.WithGraph(graph.WithNodes(nodes.ToImmutable()), changed);

        bool IsLess(string value) => kept.ContainsKey(groups[value].Name);

        ImmutableArray<int> Of(string value) => kept.TryGetValue(groups[value].Name, out ImmutableArray<int> channels) ? channels : [.. Enumerable.Range(0, groups[value].Channels)];
    }

    private static void Require(Graph graph, ChannelGroups groups, string name, ImmutableArray<int> channels)
    {
        ChannelGroup group = groups.Groups.FirstOrDefault(group => group.Name == name)
            ?? throw new NetworkException($"Network '{graph.Architecture}' has no group of channels '{name}'.");
        if (group.Fixed is { } reason) throw new NetworkException($"No channel of '{name}' can be taken away: {reason}.");
        bool isPart = channels.Length > 0 && channels[0] >= 0 && channels[^1] < group.Channels && channels.Zip(channels.Skip(1)).All(pair => pair.First < pair.Second);
        if (!isPart) throw new NetworkException($"Channels that stay are some of the {group.Channels} of '{name}', ascending; these are not: {string.Join(", ", channels)}.");
        if (group.OfKinds(channels).Contains(0)) throw new NetworkException($"'{name}' has channels of {group.Splits.Length + 1} kinds, and of each some must stay.");
    }
}
