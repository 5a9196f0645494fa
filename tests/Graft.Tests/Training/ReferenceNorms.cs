using Graft.Operations;
using Graft.Inference;
using Graft.Kernels;
using Graft.Kernels.Normalization;
using Graft.Networks;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Training;

/// <summary>Forward and backward of normalizations other than batch norm through the scalar references.</summary>
/// <param name="operation">The normalization.</param>
/// <param name="shapes">The shapes of what it takes.</param>
/// <param name="x">What it takes.</param>
/// <param name="weight">Its parameters.</param>
/// <param name="buffer">Its buffers, which a forward with the batch's statistics moves.</param>
/// <param name="usesBatch">Whether statistics that are kept for inference are those of the batch.</param>
internal sealed class ReferenceNorms(Operation operation, Shape[] shapes, float[][] x, Func<string, float[]> weight, Func<string, float[]> buffer, bool usesBatch)
{
    private readonly int batch = shapes[0][0], channels = shapes[0][^1], pixels = (int)(shapes[0].Count / shapes[0][0] / shapes[0][^1]);

    /// <summary>Whether the operation is one of these.</summary>
    public static bool Knows(Operation operation) => operation is InstanceNorm or GroupNorm or InstanceBatchNorm or LayerNorm or RmsNorm or LocalResponseNorm or FilterResponseNorm or AdaptiveInstanceNorm or SwitchableNorm;

    /// <summary>The gradients of the parameters, after <see cref="Backward"/>.</summary>
    public Dictionary<string, float[]> Gradients { get; } = [];

    public void Forward(float[] y)
    {
        switch (operation)
        {
            case InstanceNorm { TracksStatistics: true } norm when !usesBatch:
                BatchNormKernel.Reference(batch * pixels, channels, norm.Epsilon, x[0], Scale(norm.IsAffine), Shift(norm.IsAffine), buffer("running_mean"), buffer("running_var"), y);
                break;
            case InstanceNorm norm:
                GroupNormKernel.Reference(batch, pixels, channels, channels, norm.Epsilon, x[0], Weight(norm.IsAffine, "weight"), Weight(norm.IsAffine, "bias"), y);
                if (norm.TracksStatistics) GroupNormKernel.TrackReference(batch, pixels, channels, norm.Momentum, x[0], buffer("running_mean"), buffer("running_var"));
                break;
            case GroupNorm norm:
                GroupNormKernel.Reference(batch, pixels, channels, norm.Groups, norm.Epsilon, x[0], Weight(norm.IsAffine, "weight"), Weight(norm.IsAffine, "bias"), y);
                break;
            case InstanceBatchNorm norm:
                (InstanceNorm instance, BatchNorm rest, int instances) = Halves(norm);
                float[] first = new float[batch * pixels * instances], second = new float[y.Length - first.Length], part = NormReferences.ChannelsOf(x[0], channels, instances, channels - instances);
                GroupNormKernel.Reference(batch, pixels, instances, instances, instance.Epsilon, NormReferences.ChannelsOf(x[0], channels, 0, instances), weight("IN.weight"), weight("IN.bias"), first);
                if (usesBatch)
                {
                    BatchNormKernel.TrainReference(
                        batch * pixels, channels - instances, rest.Epsilon, rest.Momentum, part, weight("BN.weight"), weight("BN.bias"), buffer("BN.running_mean"), buffer("BN.running_var"), second);
                }
                else
                {
                    BatchNormKernel.Reference(
                        batch * pixels, channels - instances, rest.Epsilon, part, weight("BN.weight"), weight("BN.bias"), buffer("BN.running_mean"), buffer("BN.running_var"), second);
                }

                NormReferences.SetChannels(first, y, channels, 0, instances);
                NormReferences.SetChannels(second, y, channels, instances, channels - instances);
                break;
            case LayerNorm { Axes: LayerNormAxes.Picture } norm:
                GroupNormKernel.Reference(batch, pixels, channels, 1, norm.Epsilon, x[0], Weight(norm.IsAffine, "weight"), Weight(norm.IsAffine, "bias"), y);
                break;
            case LayerNorm norm:
                LayerNormKernel.Reference(batch * pixels, channels, norm.Epsilon, isCentered: true, x[0], Weight(norm.IsAffine, "weight"), Weight(norm.IsAffine, "bias"), y);
                break;
            case RmsNorm norm:
                LayerNormKernel.Reference(batch * pixels, channels, norm.Epsilon, isCentered: false, x[0], weight("weight"), [], y);
                break;
            case LocalResponseNorm norm:
                LocalResponseKernel.Reference(batch * pixels, channels, norm.Size, norm.Alpha, norm.Beta, norm.K, x[0], y);
                break;
            case FilterResponseNorm norm:
                FilterResponseKernel.Reference(batch, pixels, channels, Epsilon(norm), x[0], weight("weight"), weight("bias"), Weight(norm.HasThreshold, "tau"), y);
                break;
            case AdaptiveInstanceNorm norm:
                AdaptiveKernel.Reference(batch, pixels, StylePixels, channels, norm.Epsilon, x[0], x[1], y);
                break;
            case SwitchableNorm norm:
                var statistics = Statistics();
                SwitchableKernel.Reference(batch, pixels, channels, norm.Epsilon, x[0], weight("weight"), weight("bias"), weight("mean_weight"), weight("var_weight"), statistics, y);
                if (!usesBatch) break;
                float[] mean = buffer("running_mean"), variance = buffer("running_var");
                double m = norm.Momentum, unbiased = batch * pixels / (batch * pixels - 1.0);
                for (int c = 0; c < channels; c++)
                    (mean[c], variance[c]) = ((float)(((1 - m) * mean[c]) + (m * statistics.Means[(3 * c) + 2])), (float)(((1 - m) * variance[c]) + (m * unbiased * statistics.Variances[(3 * c) + 2])));
                break;
            default:
                throw new NotSupportedException(operation.Label);
        }
    }

    /// <returns>The gradient of each input.</returns>
    public float[][] Backward(float[] dy)
    {
        float[][] dx = [.. x.Select(values => new float[values.Length])];
        switch (operation)
        {
            case InstanceNorm { TracksStatistics: true } norm when !usesBatch:
                BatchNormKernel.BackwardReference(
                    batch * pixels, channels, norm.Epsilon, x[0], Scale(norm.IsAffine), buffer("running_mean"), buffer("running_var"), dy, dx[0], Gradient(true, "weight"), Gradient(true, "bias"));
                break;
            case InstanceNorm norm:
                Group(channels, norm.Epsilon, norm.IsAffine);
                break;
            case GroupNorm norm:
                Group(norm.Groups, norm.Epsilon, norm.IsAffine);
                break;
            case InstanceBatchNorm norm:
                Both(norm);
                break;
            case LayerNorm { Axes: LayerNormAxes.Picture } norm:
                Group(1, norm.Epsilon, norm.IsAffine);
                break;
            case LayerNorm norm:
                LayerNormKernel.BackwardReference(
                    batch * pixels, channels, norm.Epsilon, isCentered: true, x[0], Weight(norm.IsAffine, "weight"), dy, dx[0], Gradient(norm.IsAffine, "weight"), Gradient(norm.IsAffine, "bias"));
                break;
            case RmsNorm norm:
                LayerNormKernel.BackwardReference(batch * pixels, channels, norm.Epsilon, isCentered: false, x[0], weight("weight"), dy, dx[0], Gradient(true, "weight"), []);
                break;
            case LocalResponseNorm norm:
                LocalResponseKernel.BackwardReference(batch * pixels, channels, norm.Size, norm.Alpha, norm.Beta, norm.K, x[0], dy, dx[0]);
                break;
            case FilterResponseNorm norm:
                double epsilon = FilterResponseKernel.BackwardReference(
                    batch, pixels, channels, Epsilon(norm), x[0], weight("weight"), weight("bias"), Weight(norm.HasThreshold, "tau"), dy, dx[0], Gradient(true, "weight"), Gradient(true, "bias"),
                    Gradient(norm.HasThreshold, "tau"));
                if (norm.LearnsEpsilon) Gradient(true, "eps", 1)[0] = (float)(epsilon * Math.Sign(weight("eps")[0]));
                break;
            case AdaptiveInstanceNorm norm:
                AdaptiveKernel.BackwardReference(batch, pixels, StylePixels, channels, norm.Epsilon, x[0], x[1], dy, dx[0], dx[1]);
                break;
            case SwitchableNorm norm:
                SwitchableKernel.BackwardReference(
                    batch, pixels, channels, norm.Epsilon, x[0], weight("weight"), weight("mean_weight"), weight("var_weight"), Statistics(), usesBatch, dy, dx[0], Gradient(true, "weight"),
                    Gradient(true, "bias"), Gradient(true, "mean_weight", 3), Gradient(true, "var_weight", 3));
                break;
            default:
                throw new NotSupportedException(operation.Label);
        }

        return dx;

        void Both(InstanceBatchNorm norm)
        {
            (InstanceNorm instance, BatchNorm rest, int instances) = Halves(norm);
            int others = channels - instances;
            float[] first = new float[batch * pixels * instances], second = new float[batch * pixels * others];
            GroupNormKernel.BackwardReference(
                batch, pixels, instances, instances, instance.Epsilon, NormReferences.ChannelsOf(x[0], channels, 0, instances), weight("IN.weight"), NormReferences.ChannelsOf(dy, channels, 0, instances),
                first, Gradient(true, "IN.weight", instances), Gradient(true, "IN.bias", instances));
            float[] part = NormReferences.ChannelsOf(x[0], channels, instances, others), gradient = NormReferences.ChannelsOf(dy, channels, instances, others);
            float[] dweight = Gradient(true, "BN.weight", others), dbias = Gradient(true, "BN.bias", others);
            if (usesBatch) BatchNormKernel.TrainBackwardReference(batch * pixels, others, rest.Epsilon, part, weight("BN.weight"), gradient, second, dweight, dbias);
            else BatchNormKernel.BackwardReference(batch * pixels, others, rest.Epsilon, part, weight("BN.weight"), buffer("BN.running_mean"), buffer("BN.running_var"), gradient, second, dweight, dbias);
            NormReferences.SetChannels(first, dx[0], channels, 0, instances);
            NormReferences.SetChannels(second, dx[0], channels, instances, others);
        }

        void Group(int groups, float epsilon, bool isAffine) => GroupNormKernel.BackwardReference(
            batch, pixels, channels, groups, epsilon, x[0], Weight(isAffine, "weight"), dy, dx[0], Gradient(isAffine, "weight"), Gradient(isAffine, "bias"));
    }

    private int StylePixels => shapes[1][1] * shapes[1][2];

    private double Epsilon(FilterResponseNorm norm) => norm.Epsilon + (norm.LearnsEpsilon ? Math.Abs(weight("eps")[0]) : 0.0);

    private (double[] Means, double[] Variances) Statistics() =>
        SwitchableKernel.Statistics(batch, pixels, channels, x[0], usesBatch ? [] : buffer("running_mean"), usesBatch ? [] : buffer("running_var"));

    private (InstanceNorm Instance, BatchNorm Batch, int Instances) Halves(InstanceBatchNorm norm) =>
        (new InstanceNorm { Epsilon = norm.Epsilon }, new BatchNorm { Epsilon = norm.Epsilon, Momentum = norm.Momentum }, norm.InstanceChannels ?? channels / 2);

    private float[] Weight(bool exists, string name) => exists ? weight(name) : [];

    private float[] Scale(bool exists) => exists ? weight("weight") : [.. Enumerable.Repeat(1f, channels)];

    private float[] Shift(bool exists) => exists ? weight("bias") : new float[channels];

    private float[] Gradient(bool exists, string name, int length = 0) => exists ? Gradients[name] = new float[length > 0 ? length : channels] : [];
}
