using System.Collections.Immutable;
using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Convolution;

namespace Graft.Quantization;

/// <summary>
/// Values whose channels may be divided by factors all together, so that the network stays the same: whatever gives them is a layer, which divides its outputs, whatever takes them is a layer, which multiplies its inputs, and
/// between these lies what a factor above 0 passes through: rectifiers, sums of values of the group, pooling. A sum is why a group is more than two layers: the shortcuts of a stage are one group.
/// </summary>
/// <param name="Producers">The layers that give its values.</param>
/// <param name="Consumers">The layers that take its values.</param>
/// <param name="Values">Those of its values that are quantized.</param>
/// <param name="Ceilings">The values behind an activation with a ceiling, and the ceiling: what reaches it must not be scaled.</param>
internal sealed record EqualizationGroup(ImmutableArray<Node> Producers, ImmutableArray<Node> Consumers, ImmutableArray<string> Values, ImmutableDictionary<string, double> Ceilings)
{
    /// <summary>Whether each channel goes into outputs of its own alone, so that scales of outputs make up for any factor.</summary>
    public bool IsTakenApart => Consumers.All(consumer => consumer.Operation is Conv2d { Groups: > 1 } convolution && convolution.Groups == convolution.OutChannels);

    /// <summary>The groups of a graph, in the order of their first values.</summary>
    /// <param name="graph">A graph that <see cref="Quantize.Prepare"/> gave.</param>
    public static ImmutableArray<EqualizationGroup> Of(Graph graph)
    {
        Dictionary<string, string> parents = graph.Shapes.Keys.ToDictionary(value => value);
        foreach (Node node in graph.Nodes.Where(PassesFactors))
            foreach (string input in node.Inputs) parents[Root(node.Name)] = Root(input);
        HashSet<string> quantized = [.. QuantizedValues.Of(graph, _ => false)];
        HashSet<string> outputs = [.. graph.Outputs.Select(output => output.Value)];
        return [.. graph.Nodes.GroupBy(node => Root(node.Name)).Select(group => GroupOf(group.Select(node => node.Name))).OfType<EqualizationGroup>()];

        string Root(string value) => parents[value] == value ? value : parents[value] = Root(parents[value]);

        EqualizationGroup? GroupOf(IEnumerable<string> values)
        {
            Node[] nodes = [.. values.Select(value => graph.Producer(value)!)], producers = [.. nodes.Where(node => !PassesFactors(node))];
            Node[] consumers = [.. nodes.SelectMany(node => graph.Consumers(node.Name)).Where(consumer => !PassesFactors(consumer)).DistinctBy(node => node.Name)];
            bool isClosed = nodes.All(node => !outputs.Contains(node.Name)) && producers.Concat(consumers).All(node => node.Operation is ILinearLayer && graph.Sharers(node.Scope).Count == 1)
                && nodes.Where(PassesFactors).All(node => node.Inputs.All(input => graph.Producer(input) is not null));
            return !isClosed || producers.Length == 0 || consumers.Length == 0 ? null : new EqualizationGroup(
                [.. producers], [.. consumers], [.. nodes.Select(node => node.Name).Where(quantized.Contains)],
                nodes.Where(node => Clamp(node) is { High: < float.PositiveInfinity }).ToImmutableDictionary(node => node.Name, node => (double)Clamp(node)!.Value.High));
        }
    }

    private static Kernels.Elementwise.Clamp? Clamp(Node node) => (node.Operation as Activation)?.Function.Clamp;

    // f(x / s) = f(x) / s for any s above 0, below a ceiling.
    private static bool PassesFactors(Node node) => node.Operation switch
    {
        Activation { Function: var function } => function == ActivationFunction.Identity || function.Clamp is { Low: 0 },
        Add or Pool2d or GlobalAveragePool or Resize => true,
        _ => false,
    };
}
