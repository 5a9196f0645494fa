using System.Collections.Immutable;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;

namespace Graft.Quantization;

/// <summary>
/// Which values of a network are quantized, behind what computes them: the input, what a layer or a sum, product or mean gives, behind the activation where one follows. Class scores are not, nor what only layers in float take that a layer in float gives.
/// </summary>
internal static class QuantizedValues
{
    /// <summary>The layers of a network: what has weights that can be quantized.</summary>
    public static IEnumerable<Node> Layers(Graph graph) => graph.Nodes.Where(node => node.Operation is ILinearLayer);

    /// <summary>The value that a layer gives the rest of the network: its own, or that of the activation behind it.</summary>
    public static string Result(Graph graph, Node node) => graph.SoleConsumer(node.Name) is { Operation: Activation } activation ? activation.Name : node.Name;

    /// <summary>The values, in the order of the graph.</summary>
    /// <param name="graph">A graph whose norms are folded.</param>
    /// <param name="isFloat">Whether a layer stays as it is.</param>
    public static ImmutableArray<string> Of(Graph graph, Func<Node, bool> isFloat)
    {
        HashSet<string> feeds = FeedsLayers(graph);
        return [.. graph.Inputs.Select(input => input.Name).Where(input => feeds.Contains(input) && IsTakenWhole(input)), .. graph.Nodes.Where(IsQuantized).Select(node => node.Name)];

        bool IsQuantized(Node node) => node.Operation switch
        {
            Activation => graph.Producer(node.Inputs[0]) is not { } before || Result(graph, before) != node.Name || Counts(before),
            _ => Result(graph, node) == node.Name && Counts(node),
        };

        bool Counts(Node node) => node.Operation switch
        {
            Dense => feeds.Contains(node.Name) && IsWhole(node),
            ILinearLayer => IsWhole(node),
            Add or Multiply or GlobalAveragePool => true,

            // Of whole numbers these make others; the rest hands them on.
            Pool2d { Function: PoolFunction.Average } or Resize or Concat or Operations.Normalization.Normalization => feeds.Contains(node.Name),
            _ => false,
        };

        bool IsWhole(Node layer) => !isFloat(layer) || IsTakenWhole(Result(graph, layer));

        bool IsTakenWhole(string value) => graph.Consumers(value).Any(consumer => consumer.Operation is not ILinearLayer || !isFloat(consumer));
    }

    /// <summary>The values that a layer depends on.</summary>
    private static HashSet<string> FeedsLayers(Graph graph)
    {
        HashSet<string> feeds = [];
        foreach (Node node in graph.Nodes.Reverse())
            if (node.Operation is ILinearLayer || feeds.Contains(node.Name)) feeds.UnionWith(node.Inputs);
        return feeds;
    }
}
