using Graft.Operations;
using Graft.Tensors;

namespace Graft.Networks.Passes;

/// <summary>The weights of a layer as inference multiplies by them: standardized where that is asked for, and with its batch norm folded in, computed in float64: w' = w s and b' = (b - mean) s + shift, s = scale / sqrt(variance + epsilon).</summary>
/// <param name="Weights">The weights in the layer's own order.</param>
/// <param name="Bias">The bias, one for each output.</param>
internal sealed record FoldedWeights(float[] Weights, float[] Bias)
{
    /// <summary>Folds a layer.</summary>
    public static FoldedWeights Of(Network network, FusedLayer layer)
    {
        bool hasBias = layer.Node.Operation is Conv2d { HasBias: true } or Dense { HasBias: true };
        float[] weights = ChannelNorm.ConvolutionWeights(network, layer.Node).ToArray();
        int outputs = network.Weight(layer.Node, "weight").Shape[0], depth = outputs == 0 ? 0 : weights.Length / outputs;
        float[] bias = hasBias ? network.Weight(layer.Node, "bias").Span.ToArray() : new float[outputs];
        if (layer.Norm is null) return new FoldedWeights(weights, bias);

        ChannelNorm norm = ChannelNorm.Of(network, layer.Norm);
        for (int o = 0; o < outputs; o++)
        {
            for (int i = o * depth; i < (o + 1) * depth; i++) weights[i] = (float)(weights[i] * norm.Scale[o]);
            bias[o] = (float)(((bias[o] - norm.Mean[o]) * norm.Scale[o]) + norm.Shift[o]);
        }

        return new FoldedWeights(weights, bias);
    }

    /// <summary>The weights of a convolution <c>[outputs, inputs, kernel, kernel]</c> as <c>[outputs, kernel, kernel, inputs]</c>.</summary>
    public float[] ChannelsLast(Shape shape)
    {
        int inputs = shape[1], taps = shape[2] * shape[3];
        if (taps == 1) return Weights;
        float[] result = new float[Weights.Length];
        for (int o = 0; o < shape[0]; o++)
            for (int c = 0; c < inputs; c++)
                for (int tap = 0; tap < taps; tap++) result[(((o * taps) + tap) * inputs) + c] = Weights[(((o * inputs) + c) * taps) + tap];
        return result;
    }
}
