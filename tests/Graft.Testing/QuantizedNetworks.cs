using Graft.Inference;
using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Quantization;
using Graft.Tensors;

namespace Graft.Testing;

/// <summary>Makes quantized networks of others: ranges are the smallest and largest number that random images give.</summary>
public static class QuantizedNetworks
{
    /// <summary>The network with all layers quantized.</summary>
    public static Network Of(Network network, int images = 2)
    {
        network = Quantize.Prepare(network);
        NetworkInput input = network.Graph.Inputs.Single();
        IReadOnlyDictionary<string, Tensor> values = ReferencePlan.Values(network, new Dictionary<string, Tensor> { [input.Name] = TestNumbers.UniformTensor([images, input.Height, input.Width, input.Channels], 7, 3) });
        Node[] layers = [.. QuantizedValues.Layers(network.Graph)];
        Dictionary<string, Tensor> scales = layers.ToDictionary(layer => layer.Name, layer => RowScales.Of(network.Weight(layer, "weight"), perTensor: false, cutsOff: false));
        Network quantized = Quantize.Apply(network, QuantizedValues.Of(network.Graph, _ => false).ToDictionary(name => name, Grid), scales);
        return quantized.WithWeights(layers.ToDictionary(layer => layer.WeightName("weight"), layer => Rounded(network.Weight(layer, "weight"), scales[layer.Name])));

        ByteGrid Grid(string name)
        {
            float[] numbers = values[name].Span.ToArray();
            return ByteGrid.Over(numbers.Min(), numbers.Max());
        }
    }

    /// <summary>Weights as a file has them.</summary>
    private static Tensor Rounded(Tensor weight, Tensor scale)
    {
        Tensor rounded = new(weight.Shape);
        RowGridKernel.Run(weight.Span, scale.Span, rounded.Span);
        return rounded;
    }
}
