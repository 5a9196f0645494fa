using Graft.Kernels;
using Graft.Kernels.Normalization;
using Graft.Networks;
using Graft.Networks.Layers.Normalization;
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
    public static bool Knows(Operation operation) => operation is InstanceNorm or GroupNorm;

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
            default:
                throw new NotSupportedException(operation.Label);
        }

        return dx;

        void Group(int groups, float epsilon, bool isAffine) => GroupNormKernel.BackwardReference(
            batch, pixels, channels, groups, epsilon, x[0], Weight(isAffine, "weight"), dy, dx[0], Gradient(isAffine, "weight"), Gradient(isAffine, "bias"));
    }

    private float[] Weight(bool exists, string name) => exists ? weight(name) : [];

    private float[] Scale(bool exists) => exists ? weight("weight") : [.. Enumerable.Repeat(1f, channels)];

    private float[] Shift(bool exists) => exists ? weight("bias") : new float[channels];

    private float[] Gradient(bool exists, string name, int length = 0) => exists ? Gradients[name] = new float[length > 0 ? length : channels] : [];
}
