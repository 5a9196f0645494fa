using Graft.Kernels.Normalization;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Networks.Passes;

/// <summary>What a batch norm is in inference, in float64: y = (x - mean) scale + shift for each channel.</summary>
/// <param name="Mean">The running mean.</param>
/// <param name="Scale">weight / sqrt(running_var + epsilon).</param>
/// <param name="Shift">The bias.</param>
internal sealed record ChannelNorm(double[] Mean, double[] Scale, double[] Shift)
{
    /// <summary>Whether a node is a batch norm with running statistics: only then are these numbers known before the pictures are.</summary>
    public static bool Has(Node node) => node.Operation is BatchStatisticsNorm { Statistics: not KeptStatistics.None };

    /// <summary>The numbers of a node.</summary>
    public static ChannelNorm Of(Network network, Node node)
    {
        BatchStatisticsNorm norm = (BatchStatisticsNorm)node.Operation;
        ReadOnlySpan<float> means = network.Weight(node, "running_mean").Span, variances = network.Weight(node, "running_var").Span;
        ReadOnlySpan<float> weights = norm.IsAffine ? network.Weight(node, "weight").Span : default, biases = norm.IsAffine ? network.Weight(node, "bias").Span : default;
        ChannelNorm result = new(new double[means.Length], new double[means.Length], new double[means.Length]);
        for (int c = 0; c < means.Length; c++)
        {
            result.Mean[c] = means[c];
            result.Scale[c] = (norm.IsAffine ? weights[c] : 1) / Math.Sqrt(variances[c] + (double)norm.Epsilon);
            result.Shift[c] = norm.IsAffine ? biases[c] : 0;
        }

        return result;
    }

    /// <summary>The weights that a convolution multiplies by: its own, or the standardized ones.</summary>
    public static ReadOnlySpan<float> ConvolutionWeights(Network network, Node node)
    {
        Tensor weight = network.Weight(node, "weight");
        if (node.Operation is not Conv2d { StandardizeWeight: true } convolution) return weight.Span;
        float[] standardized = new float[weight.Span.Length];
        WeightStandardizationKernel.Run(convolution.StandardizationEpsilon, weight.Span, standardized, new double[convolution.Outputs]);
        return standardized;
    }
}
