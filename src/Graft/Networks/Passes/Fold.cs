using System.Collections.Immutable;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;

namespace Graft.Networks.Passes;

/// <summary>
/// Folds what is constant in inference into weights, network to network: what an inference plan does inside, where it can be looked at, saved and exported. A folded network computes the
/// same in inference; it is not for training.
/// </summary>
public static class Fold
{
    /// <summary>
    /// Folds batch norms into the convolution or dense layer before them, w' = w s and b' = (b - running_mean) s + bias with s = weight / sqrt(running_var + epsilon), and standardized weights into plain ones.
    /// </summary>
    /// <remarks>
    /// A norm stays where another node or an output takes the value before it, where there is no such layer, and where it has no running statistics. The layer keeps its name, and what named the norm's value now
    /// names the layer's.
    /// </remarks>
    /// <param name="network">The network.</param>
    public static Network FoldNormalization(this Network network)
    {
        Graph graph = network.Graph;
        Dictionary<string, Node> norms = graph.Nodes
            .Where(node => node.Operation.IsFixedAffine && graph.Producer(node.Inputs[0]) is { Operation: ILinearLayer { IsQuantized: false } } before && graph.Uses(before.Name) == 1)
            .ToDictionary(norm => norm.Inputs[0]);
        return Folded(network, norms);
    }

    /// <summary>Replaces standardized weights (<see cref="Conv2d.StandardizeWeight"/>) by plain ones of the same values.</summary>
    /// <param name="network">The network; it is given back itself where nothing is standardized.</param>
    public static Network FoldStandardization(this Network network) =>
        network.Graph.Nodes.Any(node => node.Operation is ILinearLayer { IsPlain: false, IsQuantized: false }) ? Folded(network, []) : network;

    private static Network Folded(Network network, Dictionary<string, Node> norms)
    {
        Graph graph = network.Graph;
        HashSet<string> dropped = [.. norms.Values.Select(norm => norm.Name)];
        FreshNames scopes = new(graph.Nodes.Select(node => node.Scope));
        Dictionary<string, string> renamed = norms.ToDictionary(pair => pair.Value.Name, pair => pair.Key);
        Dictionary<string, Tensor> changed = [];
        ImmutableArray<Node>.Builder kept = ImmutableArray.CreateBuilder<Node>();
        foreach (Node node in graph.Nodes.Where(node => !dropped.Contains(node.Name)))
        {
            Node next = node.Taking(Value);
            Node? norm = norms.GetValueOrDefault(node.Name);
            if (node.Operation is ILinearLayer layer && (norm is not null || layer is { IsPlain: false, IsQuantized: false }))
            {
                FoldedWeights folded = FoldedWeights.Of(layer, name => network.Weight(node, name), norm?.Operation.Affine(name => network.Weight(norm, name)));
                bool hasBias = norm is not null || layer.HasBias;

                // What others share stays theirs.
                if (graph.Sharers(node.Scope).Count > 1) next = next with { Scope = scopes.Take(node.Name) };
                next = next with { Operation = layer.Plain(hasBias) };
                changed[next.WeightName("weight")] = new Tensor(network.Weight(node, "weight").Shape, folded.Weights);
                if (hasBias) changed[next.WeightName("bias")] = new Tensor([folded.Bias.Length], folded.Bias);
            }

            kept.Add(next);
        }

        return network.WithGraph(graph.WithNodes(kept.ToImmutable(), Value), changed);

        string Value(string name) => renamed.GetValueOrDefault(name, name);
    }
}
