using Graft.Kernels;
using Graft.Kernels.Normalization;
using Graft.Networks;
using Graft.Networks.Layers.Normalization;
using Graft.Tensors;

namespace Graft.Inference;

/// <summary>The scalar references of the normalizations other than batch norm, in inference.</summary>
internal static class NormReferences
{
    /// <summary>Computes a node.</summary>
    /// <param name="network">Where the weights are.</param>
    /// <param name="node">The node.</param>
    /// <param name="taken">The values that it takes.</param>
    /// <param name="y">Receives its value.</param>
    public static void Run(Network network, Node node, Tensor[] taken, Span<float> y)
    {
        Shape shape = taken[0].Shape;
        ReadOnlySpan<float> x = taken[0].Span;
        int batch = shape[0], channels = shape[^1], pixels = channels == 0 || batch == 0 ? 0 : (int)(shape.Count / batch / channels);
        switch (node.Operation)
        {
            case InstanceNorm { TracksStatistics: true } norm:
                float[] ones = new float[channels];
                Array.Fill(ones, 1);
                BatchNormKernel.Reference(
                    batch * pixels, channels, norm.Epsilon, x, norm.IsAffine ? Weight("weight") : ones, norm.IsAffine ? Weight("bias") : new float[channels], Weight("running_mean"), Weight("running_var"), y);
                break;
            case InstanceNorm norm:
                GroupNormKernel.Reference(batch, pixels, channels, channels, norm.Epsilon, x, norm.IsAffine ? Weight("weight") : default, norm.IsAffine ? Weight("bias") : default, y);
                break;
            case GroupNorm norm:
                GroupNormKernel.Reference(batch, pixels, channels, norm.Groups, norm.Epsilon, x, norm.IsAffine ? Weight("weight") : default, norm.IsAffine ? Weight("bias") : default, y);
                break;
            default:
                throw new InvalidOperationException($"There is no reference for '{node.Operation.Label}'.");
        }

        ReadOnlySpan<float> Weight(string name) => network.Weight(node, name).Span;
    }
}
