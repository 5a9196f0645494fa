using Graft.Inference;
using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;

namespace Graft.Testing;

/// <summary>Makes quantized networks of others: ranges are the smallest and largest number that random images give.</summary>
public static class QuantizedNetworks
{
    /// <summary>The network with its norms folded, every layer's weights on a grid, and grids behind the image, activations, additions and the pooling.</summary>
    public static Network Of(Network network, int images = 2)
    {
        network = network.FoldNormalization().FoldStandardization();
        Graph graph = network.Graph;
        NetworkInput input = graph.Inputs.Single();
        IReadOnlyDictionary<string, Tensor> values = ReferencePlan.Values(network, new Dictionary<string, Tensor> { [input.Name] = TestNumbers.UniformTensor([images, input.Height, input.Width, input.Channels], 7, 3) });
        Dictionary<string, Tensor> weights = new(network.Weights);
        Dictionary<string, string> renamed = [];
        List<Node> nodes = [];
        Round(input.Name);
        foreach (Node node in graph.Nodes)
        {
            Operation operation = node.Operation;
            if (operation is ILinearLayer layer)
            {
                operation = layer.Quantized();
                (weights[node.WeightName("weight")], weights[node.WeightName(QuantizedWeight.Scale)]) = Whole(network.Weight(node, "weight"));
            }

            nodes.Add(new Node(node.Name, operation, [.. node.Inputs.Select(name => renamed.GetValueOrDefault(name, name))]));
            bool isActivated = graph.Consumers(node.Name) is [{ Operation: Activation }];
            if (node.Operation is Activation or GlobalAveragePool || (node.Operation is Conv2d or Add or Multiply && !isActivated)) Round(node.Name);
        }

        return new Network(new Graph(graph.Architecture, graph.Inputs, [.. nodes], [.. graph.Outputs.Select(output => output with { Value = renamed.GetValueOrDefault(output.Value, output.Value) })]), weights);

        void Round(string name)
        {
            float[] numbers = values[name].Span.ToArray();
            nodes.Add(new Node($"{name}.quantized", new FakeQuantize(ByteGrid.Over(numbers.Min(), numbers.Max())), [name]));
            renamed[name] = $"{name}.quantized";
        }
    }

    /// <summary>Weights on the grid whose end is each output's largest, and the scales.</summary>
    private static (Tensor Weight, Tensor Scale) Whole(Tensor weight)
    {
        int outputs = weight.Shape[0], depth = weight.Span.Length / outputs;
        Tensor nearest = new(weight.Shape), scales = new([outputs]);
        for (int o = 0; o < outputs; o++) scales.Span[o] = Math.Max(1e-6f, weight.Span.Slice(o * depth, depth).ToArray().Max(Math.Abs)) / 127;
        RowGridKernel.Run(weight.Span, scales.Span, nearest.Span);
        return (nearest, scales);
    }
}
