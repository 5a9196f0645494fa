using Graft.Inference;
using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Numerics;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;

namespace Graft.Bench;

/// <summary>Quantizes a network for timing: a value's range is its smallest and largest number over some random images.</summary>
internal static class MinMaxQuantization
{
    /// <summary>The network with its norms folded, the weights of all layers in 8 bits, and grids behind the image, activations, additions and the pooling.</summary>
    public static Network Of(Network network, int images = 4)
    {
        network = network.FoldNormalization().FoldStandardization();
        Graph graph = network.Graph;
        Dictionary<string, ByteGrid> grids = Grids(network, images);
        Dictionary<string, Tensor> weights = new(network.Weights);
        List<Node> nodes = [Rounding(graph.Inputs[0].Name)];
        foreach (Node node in graph.Nodes)
        {
            Operation operation = node.Operation;
            if (operation is ILinearLayer layer)
            {
                operation = layer.Quantized();
                (weights[node.WeightName("weight")], weights[node.WeightName(QuantizedWeight.Scale)]) = Whole(network.Weight(node, "weight"));
            }

            nodes.Add(new Node(node.Name, operation, [.. node.Inputs.Select(Read)]));
            if (grids.ContainsKey(node.Name)) nodes.Add(Rounding(node.Name));
        }

        return new Network(new Graph(graph.Architecture, graph.Inputs, [.. nodes], [.. graph.Outputs.Select(output => output with { Value = Read(output.Value) })]), weights);

        string Read(string name) => grids.ContainsKey(name) ? $"{name}.quantized" : name;

        Node Rounding(string name) => new($"{name}.quantized", new FakeQuantize(grids[name]), [name]);
    }

    private static Dictionary<string, ByteGrid> Grids(Network network, int images)
    {
        Graph graph = network.Graph;
        NetworkInput input = graph.Inputs[0];
        string[] rounded = [.. graph.Nodes.Where(IsRounded).Select(node => node.Name)];
        Network tapped = new(new Graph(graph.Architecture, graph.Inputs, graph.Nodes, [.. rounded.Select(name => new NetworkOutput(name, name))]), network.Weights);
        using InferenceSession session = InferencePlan.Compile(tapped, new InferenceOptions { Outputs = [.. rounded] }).CreateSession();
        float[] image = new float[input.Height * input.Width * input.Channels];
        Dictionary<string, (float Low, float High)> ranges = [];
        for (int n = 0; n < images; n++)
        {
            Philox random = new(4, (ulong)n);
            for (int i = 0; i < image.Length; i++) image[i] = (float)random.Normal((ulong)i);
            session.Run(image, 1);
            Widen(input.Name, image);
            foreach (string name in rounded) Widen(name, session.Output(name));
        }

        return ranges.ToDictionary(range => range.Key, range => ByteGrid.Over(range.Value.Low, range.Value.High));

        bool IsRounded(Node node) => node.Operation is Activation or GlobalAveragePool || (node.Operation is Conv2d or Add && graph.Consumers(node.Name) is not [{ Operation: Activation }]);

        void Widen(string name, ReadOnlySpan<float> values)
        {
            (float low, float high) = ranges.GetValueOrDefault(name);
            foreach (float value in values) (low, high) = (Math.Min(low, value), Math.Max(high, value));
            ranges[name] = (low, high);
        }
    }

    private static (Tensor Weight, Tensor Scale) Whole(Tensor weight)
    {
        int outputs = weight.Shape[0], depth = weight.Span.Length / outputs;
        Tensor nearest = new(weight.Shape), scales = new([outputs]);
        for (int o = 0; o < outputs; o++) scales.Span[o] = Math.Max(1e-6f, weight.Span.Slice(o * depth, depth).ToArray().Max(Math.Abs)) / RowGridKernel.Most;
        RowGridKernel.Run(weight.Span, scales.Span, nearest.Span);
        return (nearest, scales);
    }
}
