using Graft.Kernels.Convolution;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>The weights of a layer as inference multiplies by them: standardized where that is asked for, and with its batch norm folded in, computed in float64: w' = w s and b' = (b - mean) s + shift, s = scale / sqrt(variance + epsilon).</summary>
/// <param name="Weights">The weights in the layer's own order.</param>
/// <param name="Bias">The bias, one for each output.</param>
internal sealed record FoldedWeights(float[] Weights, float[] Bias)
{
    /// <summary>Folds a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="weight">Its weights, by name.</param>
    /// <param name="affine">The scale and shift behind it, or null.</param>
    public static FoldedWeights Of(ILinearLayer layer, Func<string, Tensor> weight, ChannelAffine? affine)
    {
        float[] weights = layer.EffectiveWeights(weight);
        int outputs = weight("weight").Shape[0], depth = outputs == 0 ? 0 : weights.Length / outputs;
        float[] bias = layer.HasBias ? weight("bias").Span.ToArray() : new float[outputs];
        if (affine is null) return new FoldedWeights(weights, bias);

        for (int o = 0; o < outputs; o++)
        {
            for (int i = o * depth; i < (o + 1) * depth; i++) weights[i] = (float)(weights[i] * affine.Scale[o]);
            bias[o] = (float)(((bias[o] - affine.Mean[o]) * affine.Scale[o]) + affine.Shift[o]);
        }

        return new FoldedWeights(weights, bias);
    }

    /// <summary>The weights of a convolution <c>[outputs, inputs, kernel, kernel]</c> as <c>[outputs, kernel, kernel, inputs]</c>.</summary>
    public unsafe float[] ChannelsLast(Shape shape)
    {
        int inputs = shape[1], taps = shape[2] * shape[3];
        if (taps == 1) return Weights;
        float[] result = new float[Weights.Length];
        fixed (float* source = Weights, target = result) WeightOrder.ChannelsLast(source, shape[0], inputs, taps, target);
        return result;
    }
}
