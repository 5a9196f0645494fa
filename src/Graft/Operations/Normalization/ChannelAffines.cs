using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>Running statistics as a scale and a shift.</summary>
internal static class ChannelAffines
{
    /// <summary>y = weight (x - running_mean) / sqrt(running_var + epsilon) + bias.</summary>
    /// <param name="weight">The parameters and buffers, by name.</param>
    /// <param name="isAffine">Whether there are a weight and a bias.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static ChannelAffine Of(Func<string, Tensor> weight, bool isAffine, float epsilon)
    {
        ReadOnlySpan<float> means = weight("running_mean").Span, variances = weight("running_var").Span;
        ReadOnlySpan<float> weights = isAffine ? weight("weight").Span : default, biases = isAffine ? weight("bias").Span : default;
        ChannelAffine result = new(new double[means.Length], new double[means.Length], new double[means.Length]);
        for (int c = 0; c < means.Length; c++)
        {
            result.Mean[c] = means[c];
            result.Scale[c] = (isAffine ? weights[c] : 1) / Math.Sqrt(variances[c] + (double)epsilon);
            result.Shift[c] = isAffine ? biases[c] : 0;
        }

        return result;
    }
}
