using System.Collections.Immutable;
using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;

namespace Graft.Quantization;

/// <summary>Makes a network whose values and weights are whole numbers times scales.</summary>
internal static class Quantize
{
    /// <summary>A network that computes the same in inference and has but layers with plain weights and biases: norms and standardization folded, dropout left out.</summary>
    /// <param name="network">The network.</param>
    /// <exception cref="GraftException">It is quantized already, has several inputs or nothing that could be quantized.</exception>
    public static Network Prepare(Network network)
    {
        string name = network.Graph.Architecture;
        RequireFloat(network.Graph, "Quantize the model that it was made from.");
        if (network.Graph.Inputs.Length != 1) throw new GraftException($"Only networks with one input can be quantized; '{name}' has {network.Graph.Inputs.Length}: {string.Join(", ", network.Graph.Inputs.Select(input => input.Name))}.");
        if (!QuantizedValues.Layers(network.Graph).Any()) throw new GraftException($"There is nothing to quantize in '{name}': it has neither convolutions nor dense layers.");
        network = network.FoldNormalization().FoldStandardization();
        network = network.WithGraph(network.Graph.Bypass(node => node.Operation is Dropout));
        Dictionary<string, Tensor> biases = [];
        ImmutableArray<Node> nodes = [.. network.Graph.Nodes.Select(WithBias)];
        return network.WithGraph(network.Graph.WithNodes(nodes), biases);

        Node WithBias(Node node)
        {
            if (node.Operation is not ILinearLayer { HasBias: false } layer) return node;
            biases[node.WeightName("bias")] = new Tensor([network.Weight(node, "weight").Shape[0]]);
            return node with { Operation = layer.WithBias() };
        }
    }

    /// <summary>Refuses a quantized network where weights are to be changed: they would be no whole numbers of their scales any more, and ranges no longer those of the values.</summary>
    /// <param name="graph">The network's graph.</param>
    /// <param name="remedy">What to do instead, in a sentence.</param>
    /// <exception cref="GraftException">It is quantized.</exception>
    public static void RequireFloat(Graph graph, string remedy)
    {
        if (IsQuantized(graph)) throw new GraftException($"This model of '{graph.Architecture}' is quantized already: its weights are whole numbers. {remedy}");
    }

    /// <summary>Whether any of a graph's values or weights is quantized.</summary>
    public static bool IsQuantized(Graph graph) => graph.Nodes.Any(node => node.Operation is FakeQuantize or ILinearLayer { IsQuantized: true });

    /// <summary>Quantizes a network.</summary>
    /// <param name="network">A network that <see cref="Prepare"/> gave.</param>
    /// <param name="grids">The grid of each value that is quantized, by the value's name.</param>
    /// <param name="scales">The scales of each layer that is quantized, by the layer's name.</param>
    public static Network Apply(Network network, IReadOnlyDictionary<string, ByteGrid> grids, IReadOnlyDictionary<string, Tensor> scales)
    {
        Graph graph = network.Graph;
        FreshNames fresh = new(graph);
        Dictionary<string, string> quantized = [];
        Dictionary<string, Tensor> added = [];
        ImmutableArray<Node>.Builder nodes = ImmutableArray.CreateBuilder<Node>();
        foreach (NetworkInput input in graph.Inputs) Follow(input.Name);
        foreach (Node node in graph.Nodes)
        {
            Node next = node.Taking(Value);
            if (scales.TryGetValue(node.Name, out Tensor? scale))
            {
                next = next with { Operation = ((ILinearLayer)node.Operation).Quantized() };
                added[next.WeightName(QuantizedWeight.Scale)] = scale;
            }

            nodes.Add(next);
            Follow(node.Name);
        }

        return network.WithGraph(graph.WithNodes(nodes.ToImmutable(), Value), added);

        string Value(string name) => quantized.GetValueOrDefault(name, name);

        void Follow(string value)
        {
            if (!grids.TryGetValue(value, out ByteGrid grid)) return;
            string name = fresh.Take($"{value}.quantized");
            nodes.Add(new Node(name, new FakeQuantize(grid), [value]));
            quantized[value] = name;
        }
    }

    /// <summary>The value that stands for a value of the network that a quantized one was made of.</summary>
    public static string Quantized(Graph quantized, string value) => quantized.Consumers(value) is [{ Operation: FakeQuantize } only] ? only.Name : value;
}
