using Graft.Networks;
using Graft.Networks.Layers.Normalization;
using Graft.Tensors;

namespace Graft.Kernels.Normalization;

/// <summary>
/// How a normalization over pictures makes the factors of y = scale (x - center) + shift from the moments of the pictures, and those of dx = k1 dy + k2 (x - center) + k3 from the sums of the backward. It is cheap:
/// a few numbers for each picture and channel. What is costly, the passes over the pixels, is the same for all of them.
/// </summary>
internal abstract unsafe class PictureRule
{
    /// <summary>A threshold for each channel that results do not fall below, or null.</summary>
    public virtual float* Floors => null;

    /// <summary>Whether a picture's factors need the moments of the whole batch.</summary>
    public virtual bool NeedsBatch => false;

    /// <summary>Whether moments are needed at all.</summary>
    public virtual bool NeedsMoments => true;

    /// <summary>The rule of an operation, null for one that has none.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="usesBatch">Whether statistics that are kept for inference are those of the batch, as in training.</param>
    /// <param name="weight">Its parameters and buffers by name.</param>
    /// <param name="gradient">The gradients of those parameters that are trained; null for the others.</param>
    public static PictureRule? Of(Operation operation, int channels, bool usesBatch, Func<string, Tensor> weight, Func<string, Tensor?> gradient) => operation switch
    {
        InstanceNorm { TracksStatistics: true } norm when !usesBatch => new FixedRule(norm.Epsilon, weight, norm.IsAffine ? new Affine(weight, gradient) : null),
        InstanceNorm norm => new GroupRule(channels, norm.Epsilon, norm.IsAffine ? new Affine(weight, gradient) : null, norm.TracksStatistics ? new RunningStatistics(weight, norm.Momentum) : null),
        GroupNorm norm => new GroupRule(norm.Groups, norm.Epsilon, norm.IsAffine ? new Affine(weight, gradient) : null),
        InstanceBatchNorm norm => new InstanceBatchRule(norm, norm.Instances(channels), usesBatch, weight, gradient),
        FilterResponseNorm norm => new FilterResponseRule(norm, weight, gradient),
        AdaptiveInstanceNorm norm => new AdaptiveRule(norm.Epsilon),
        SwitchableNorm norm => new SwitchableRule(norm, usesBatch, weight, gradient),
        LayerNorm { Axes: LayerNormAxes.Picture } norm => new GroupRule(1, norm.Epsilon, norm.IsAffine ? new Affine(weight, gradient) : null),
        _ => null,
    };

    /// <summary>Whether an operation has a rule.</summary>
    public static bool Knows(Operation operation) => operation is InstanceNorm or GroupNorm or InstanceBatchNorm or FilterResponseNorm or AdaptiveInstanceNorm or SwitchableNorm or LayerNorm { Axes: LayerNormAxes.Picture };

    /// <summary>Sets the scales and shifts of pictures.</summary>
    /// <param name="table">Where moments are and factors go.</param>
    /// <param name="first">The first picture.</param>
    /// <param name="end">The picture behind the last; with <see cref="NeedsBatch"/>, all pictures are given.</param>
    public abstract void Forward(in PictureTable table, int first, int end);

    /// <summary>Sets the factors of pictures' gradients.</summary>
    /// <param name="table">Where sums are and factors go.</param>
    /// <param name="first">The first picture.</param>
    /// <param name="end">The picture behind the last; with <see cref="NeedsBatch"/>, all pictures are given.</param>
    public abstract void Backward(in PictureTable table, int first, int end);

    /// <summary>Adds to the gradients of the parameters what all pictures' sums say, after <see cref="Backward"/>.</summary>
    /// <param name="table">Where the sums are.</param>
    /// <param name="count">The number of pictures.</param>
    public abstract void AddGradients(in PictureTable table, int count);

    /// <summary>Moves running statistics, once after each forward of a training.</summary>
    /// <param name="table">Where the moments are.</param>
    /// <param name="count">The number of pictures.</param>
    /// <param name="momentum">The weight of the batch; null for the operation's own.</param>
    public virtual void Track(in PictureTable table, int count, float? momentum)
    {
    }

    /// <summary>The moments of a channel over several pictures.</summary>
    protected static (double Mean, double Variance) BatchMoments(in PictureTable table, int channel, int first, int end)
    {
        double mean = 0, variance = 0;
        for (int n = first; n < end; n++) mean += table.Mean(n)[channel];
        mean /= end - first;
        for (int n = first; n < end; n++)
        {
            double distance = table.Mean(n)[channel] - mean;
            variance += table.Variance(n)[channel] + (distance * distance);
        }

        return (mean, variance / (end - first));
    }
}

/// <summary>A scale and a shift for each channel, with their gradients where they are trained.</summary>
internal sealed class Affine(Func<string, Tensor> weight, Func<string, Tensor?> gradient, string prefix = "")
{
    private readonly Tensor scale = weight($"{prefix}weight"), shift = weight($"{prefix}bias");
    private readonly Tensor? scaleGradient = gradient($"{prefix}weight"), shiftGradient = gradient($"{prefix}bias");

    /// <summary>The scales.</summary>
    public ReadOnlySpan<float> Scale => scale.Span;

    /// <summary>The shifts.</summary>
    public ReadOnlySpan<float> Shift => shift.Span;

    /// <summary>Adds to the gradients of a channel.</summary>
    public void Add(int channel, double scale, double shift)
    {
        if (scaleGradient is not null) scaleGradient.Span[channel] += (float)scale;
        if (shiftGradient is not null) shiftGradient.Span[channel] += (float)shift;
    }
}

/// <summary>Means and variances that a training moves and inference uses.</summary>
internal sealed class RunningStatistics(Func<string, Tensor> weight, float momentum, string prefix = "")
{
    private readonly Tensor mean = weight($"{prefix}running_mean"), variance = weight($"{prefix}running_var");

    /// <summary>The means.</summary>
    public ReadOnlySpan<float> Mean => mean.Span;

    /// <summary>The variances.</summary>
    public ReadOnlySpan<float> Variance => variance.Span;

    /// <summary>Moves the statistics of a channel: running = (1 - momentum) running + momentum new.</summary>
    public void Move(int channel, double newMean, double newVariance, float? otherMomentum)
    {
        double m = otherMomentum ?? momentum;
        if (m == 0) return;
        mean.Span[channel] = (float)(((1 - m) * mean.Span[channel]) + (m * newMean));
        variance.Span[channel] = (float)(((1 - m) * variance.Span[channel]) + (m * newVariance));
    }
}
