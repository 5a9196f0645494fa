using System.Collections.Immutable;
using Graft.Inference;
using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Numerics;
using Graft.Quantization;

namespace Graft.Bench;

/// <summary>Quantizes a network for timing: a value's range is its smallest and largest number over some random images.</summary>
internal static class MinMaxQuantization
{
    /// <summary>The network with all layers quantized.</summary>
    public static Network Of(Network network, int images = 4)
    {
        network = Quantize.Prepare(network);
        return Quantize.Apply(
            network,
            Grids(network, images),
            QuantizedValues.Layers(network.Graph).ToDictionary(layer => layer.Name, layer => RowScales.Of(network.Weight(layer, "weight"), perTensor: false, cutsOff: false)));
    }

    private static Dictionary<string, ByteGrid> Grids(Network network, int images)
    {
        NetworkInput input = network.Graph.Inputs[0];
        ImmutableArray<string> rounded = QuantizedValues.Of(network.Graph, _ => false);
        string[] computed = [.. rounded.Where(name => name != input.Name)];
        Network tapped = network.WithGraph(new Graph(network.Graph.Architecture, network.Graph.Inputs, network.Graph.Nodes, [.. computed.Select(name => new NetworkOutput(name, name))]));
        using InferenceSession session = InferencePlan.Compile(tapped, new InferenceOptions { Outputs = [.. computed] }).CreateSession();
        float[] image = new float[input.Height * input.Width * input.Channels];
        Dictionary<string, (float Low, float High)> ranges = [];
        for (int n = 0; n < images; n++)
        {
            Philox random = new(4, (ulong)n);
            for (int i = 0; i < image.Length; i++) image[i] = (float)random.Normal((ulong)i);
            session.Run(image, 1);
            foreach (string name in rounded) Widen(name, name == input.Name ? image : session.Output(name));
        }

        return ranges.ToDictionary(range => range.Key, range => ByteGrid.Over(range.Value.Low, range.Value.High));

        void Widen(string name, ReadOnlySpan<float> values)
        {
            (float low, float high) = ranges.GetValueOrDefault(name);
            foreach (float value in values) (low, high) = (Math.Min(low, value), Math.Max(high, value));
            ranges[name] = (low, high);
        }
    }
}
