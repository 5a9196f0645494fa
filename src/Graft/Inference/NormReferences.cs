using Graft.Operations;
using Graft.Kernels.Normalization;
using Graft.Networks;
using Graft.Operations.Normalization;
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
            case InstanceBatchNorm norm:
                int instances = norm.Instances(channels), rest = channels - instances;
                float[] first = new float[batch * pixels * instances], second = new float[batch * pixels * rest];
                GroupNormKernel.Reference(batch, pixels, instances, instances, norm.Epsilon, ChannelsOf(x, channels, 0, instances), Weight("IN.weight"), Weight("IN.bias"), first);
                BatchNormKernel.Reference(
                    batch * pixels, rest, norm.Epsilon, ChannelsOf(x, channels, instances, rest), Weight("BN.weight"), Weight("BN.bias"), Weight("BN.running_mean"), Weight("BN.running_var"), second);
                SetChannels(first, y, channels, 0, instances);
                SetChannels(second, y, channels, instances, rest);
                break;
            case LayerNorm { Axes: LayerNormAxes.Picture } norm:
                GroupNormKernel.Reference(batch, pixels, channels, 1, norm.Epsilon, x, norm.IsAffine ? Weight("weight") : default, norm.IsAffine ? Weight("bias") : default, y);
                break;
            case LayerNorm norm:
                LayerNormKernel.Reference(batch * pixels, channels, norm.Epsilon, isCentered: true, x, norm.IsAffine ? Weight("weight") : default, norm.IsAffine ? Weight("bias") : default, y);
                break;
            case RmsNorm norm:
                LayerNormKernel.Reference(batch * pixels, channels, norm.Epsilon, isCentered: false, x, Weight("weight"), default, y);
                break;
            case LocalResponseNorm norm:
                LocalResponseKernel.Reference(batch * pixels, channels, norm.Size, norm.Alpha, norm.Beta, norm.K, x, y);
                break;
            case FilterResponseNorm norm:
                double epsilon = norm.Epsilon + (norm.LearnsEpsilon ? Math.Abs(Weight("eps")[0]) : 0.0);
                FilterResponseKernel.Reference(batch, pixels, channels, epsilon, x, Weight("weight"), Weight("bias"), norm.HasThreshold ? Weight("tau") : default, y);
                break;
            case AdaptiveInstanceNorm norm:
                AdaptiveKernel.Reference(batch, pixels, taken[1].Shape[1] * taken[1].Shape[2], channels, norm.Epsilon, x, taken[1].Span, y);
                break;
            case SwitchableNorm norm:
                var statistics = SwitchableKernel.Statistics(batch, pixels, channels, x, Weight("running_mean"), Weight("running_var"));
                SwitchableKernel.Reference(batch, pixels, channels, norm.Epsilon, x, Weight("weight"), Weight("bias"), Weight("mean_weight"), Weight("var_weight"), statistics, y);
                break;
            default:
                throw new InvalidOperationException($"There is no reference for '{node.Operation.Label}'.");
        }

        ReadOnlySpan<float> Weight(string name) => network.Weight(node, name).Span;
    }

    /// <summary>Some of the channels of <c>[..., channels]</c>.</summary>
    public static float[] ChannelsOf(ReadOnlySpan<float> x, int channels, int first, int count)
    {
        float[] part = new float[x.Length / channels * count];
        for (int i = 0; i < part.Length; i++) part[i] = x[(i / count * channels) + first + (i % count)];
        return part;
    }

    /// <summary>Puts some of the channels of <c>[..., channels]</c> in their place.</summary>
    public static void SetChannels(ReadOnlySpan<float> part, Span<float> y, int channels, int first, int count)
    {
        for (int i = 0; i < part.Length; i++) y[(i / count * channels) + first + (i % count)] = part[i];
    }
}
