using Graft.Tensors;

namespace Graft.Operations.Normalization;

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

    /// <summary>With <see cref="NeedsBatch"/>, looks at the moments of all pictures before any <see cref="Forward"/>.</summary>
    /// <param name="table">Where moments are.</param>
    /// <param name="count">The number of pictures.</param>
    public virtual void BeginForward(in PictureTable table, int count)
    {
    }

    /// <summary>With <see cref="NeedsBatch"/>, looks at the sums of all pictures before any <see cref="Backward"/>.</summary>
    /// <param name="table">Where sums are.</param>
    /// <param name="count">The number of pictures.</param>
    public virtual void BeginBackward(in PictureTable table, int count)
    {
    }

    /// <summary>Sets the scales and shifts of pictures.</summary>
    /// <param name="table">Where moments are and factors go.</param>
    /// <param name="first">The first picture.</param>
    /// <param name="end">The picture behind the last.</param>
    public abstract void Forward(in PictureTable table, int first, int end);

    /// <summary>Sets the factors of pictures' gradients.</summary>
    /// <param name="table">Where sums are and factors go.</param>
    /// <param name="first">The first picture.</param>
    /// <param name="end">The picture behind the last.</param>
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

    /// <summary>The moments of the channels over all pictures.</summary>
    /// <param name="table">Where the pictures' are.</param>
    /// <param name="count">The number of pictures.</param>
    /// <param name="first">The first channel.</param>
    /// <param name="means">Receives the mean of each channel from there on.</param>
    /// <param name="variances">Receives their biased variances.</param>
    protected static void BatchMoments(in PictureTable table, int count, int first, double[] means, double[] variances)
    {
        Array.Clear(means);
        Array.Clear(variances);
        for (int n = 0; n < count; n++)
        {
            double* mean = table.Mean(n) + first;
            for (int c = 0; c < means.Length; c++) means[c] += mean[c];
        }

        for (int c = 0; c < means.Length; c++) means[c] /= count;
        for (int n = 0; n < count; n++)
        {
            double* mean = table.Mean(n) + first, variance = table.Variance(n) + first;
            for (int c = 0; c < means.Length; c++) variances[c] += variance[c] + ((mean[c] - means[c]) * (mean[c] - means[c]));
        }

        for (int c = 0; c < means.Length; c++) variances[c] /= count;
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
