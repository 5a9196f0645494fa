using System.Collections.Immutable;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;

namespace Graft.Formats;

/// <summary>Finds out whether an imported graph is one of this library's architectures under other names.</summary>
internal static class KnownTrunk
{
    /// <summary>
    /// The graph with the architecture's name, its nodes' names and its taps, or null when the structure is none that is known. Every node is compared:
    /// operation, attributes and inputs; a norm's epsilon and momentum belong to the weights and are kept.
    /// </summary>
    /// <param name="imported">The graph, with one input.</param>
    /// <param name="isTrunk">Whether it has no classifier.</param>
    /// <param name="renamed">Receives the new name of each renamed node.</param>
    public static Graph? Recognize(Graph imported, bool isTrunk, Dictionary<string, string> renamed)
    {
        if (imported.Inputs is not [{ Channels: 3 } input] || input.Height != input.Width || input.Height is < 32 or > 4096) return null;
        if (imported.Nodes is not [{ Operation: Conv2d stem }, ..]) return null;
        foreach (Architecture architecture in Architectures.All)
        {
            if (stem.OutChannels != architecture.Stem) continue;
            Graph trunk = architecture.Trunk(new TrunkOptions { Resolution = input.Height, SamePadding = stem.Padding.IsSame });
            if (Renames(imported, trunk) is not { } names) continue;
            foreach ((string from, string to) in names) renamed[from] = to;
            Node? main = imported.Producer(imported.Outputs[^1].Value);
            if (!isTrunk && main is { Operation: Dense } && imported.Producer(ClassifierHead.Classifier) is null)
                renamed[main.Name] = ClassifierHead.Classifier;
            return Rename(imported, trunk, isTrunk, renamed);
        }

        return null;
    }

    // Node for node, in order: the same operation on the same values.
    private static Dictionary<string, string>? Renames(Graph imported, Graph trunk)
    {
        if (imported.Nodes.Length < trunk.Nodes.Length || !Same(imported.Nodes[0].Operation, trunk.Nodes[0].Operation)) return null;
        Dictionary<string, string> names = new() { [imported.Inputs[0].Name] = trunk.Inputs[0].Name };
        for (int i = 0; i < trunk.Nodes.Length; i++)
        {
            (Node theirs, Node ours) = (imported.Nodes[i], trunk.Nodes[i]);
            if (!Same(theirs.Operation, ours.Operation)) return null;
            string?[] inputs = [.. theirs.Inputs.Select(name => names.GetValueOrDefault(name))];
            if (!inputs.SequenceEqual(ours.Inputs) && !(ours.Operation is Add or Multiply && inputs.Reverse().SequenceEqual(ours.Inputs))) return null;
            names[theirs.Name] = ours.Name;
        }

        return names;
    }

    private static bool Same(Operation theirs, Operation ours) => (theirs, ours) switch
    {
        (BatchNorm their, BatchNorm our) => (their with { Epsilon = our.Epsilon, Momentum = our.Momentum }) == our,
        (InstanceNorm their, InstanceNorm our) => (their with { Epsilon = our.Epsilon, Momentum = our.Momentum }) == our,
        (IbnNorm their, IbnNorm our) => (their with { Epsilon = our.Epsilon, Momentum = our.Momentum }) == our,
        _ => theirs == ours,
    };

    // The inputs of additions and products take our order, so that plans see one form.
    private static Graph Rename(Graph imported, Graph trunk, bool isTrunk, Dictionary<string, string> renamed)
    {
        ImmutableArray<Node> nodes =
        [
            .. imported.Nodes.Select((node, i) => i < trunk.Nodes.Length
                ? trunk.Nodes[i] with { Operation = node.Operation }
                : node.Renamed(New, New)),
        ];

        ImmutableArray<NetworkOutput> outputs = isTrunk && imported.Nodes.Length == trunk.Nodes.Length
            ? trunk.Outputs
            : [.. trunk.Outputs, .. imported.Outputs.Where(o => o.Name != ClassifierHead.Features).Select(o => new NetworkOutput(o.Name, New(o.Value)))];
        return new Graph(trunk.Architecture, trunk.Inputs, nodes, outputs);

        string New(string name) => renamed.GetValueOrDefault(name, name);
    }
}
