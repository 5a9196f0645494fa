using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>
/// Batch normalization (Ioffe and Szegedy 2015, arXiv:1502.03167). With running statistics (algorithm 2): y[p, c] = scale[c] x[p, c] + shift[c], where
/// scale = weight / sqrt(variance + epsilon) and shift = bias - mean scale. In training (algorithm 1) mean and variance are those of the batch, over all pixels of all its images.
/// </summary>
internal static unsafe partial class BatchNormKernel
{
    /// <summary>The formula, in float64.</summary>
    /// <param name="pixels">The product of all extents but the last.</param>
    /// <param name="channels">The last extent.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="x">The input <c>[pixels, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>.</param>
    /// <param name="bias">The shift <c>[channels]</c>.</param>
    /// <param name="mean">The running mean <c>[channels]</c>.</param>
    /// <param name="variance">The running variance <c>[channels]</c>.</param>
    /// <param name="y">The output <c>[pixels, channels]</c>.</param>
    public static void Reference(
        int pixels, int channels, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, Span<float> y)
    {
        for (int p = 0; p < pixels; p++)
            for (int c = 0; c < channels; c++)
                y[(p * channels) + c] = (float)((weight[c] * ((double)x[(p * channels) + c] - mean[c]) / Math.Sqrt((double)variance[c] + epsilon)) + bias[c]);
    }

    /// <summary>The scale and shift of each channel, computed in float64.</summary>
    public static void Fold(
        float epsilon, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, Span<float> scale, Span<float> shift)
    {
        for (int c = 0; c < scale.Length; c++)
        {
            double s = weight[c] / Math.Sqrt((double)variance[c] + epsilon);
            (scale[c], shift[c]) = ((float)s, (float)(bias[c] - (mean[c] * s)));
        }
    }

    /// <summary>Training, algorithm 1, in float64. The batch is normalized with its own (biased) variance; the running variance takes up the unbiased one, as in torch.</summary>
    /// <param name="pixels">The product of all extents but the last, over which the statistics are taken.</param>
    /// <param name="channels">The last extent.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">The weight of the new batch: running = (1 - momentum) running + momentum batch.</param>
    /// <param name="x">The input <c>[pixels, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>.</param>
    /// <param name="bias">The shift <c>[channels]</c>.</param>
    /// <param name="runningMean">The running mean <c>[channels]</c>, updated.</param>
    /// <param name="runningVariance">The running variance <c>[channels]</c>, updated.</param>
    /// <param name="y">The output <c>[pixels, channels]</c>.</param>
    public static void TrainReference(
        int pixels, int channels, float epsilon, float momentum, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> runningMean, Span<float> runningVariance, Span<float> y)
    {
        for (int c = 0; c < channels; c++)
        {
            (double mean, double variance) = Statistics(pixels, channels, x, c);
            for (int p = 0; p < pixels; p++)
            {
                double normalized = (x[(p * channels) + c] - mean) / Math.Sqrt(variance + epsilon);
                y[(p * channels) + c] = (float)((weight[c] * normalized) + bias[c]);
            }

            // One pixel has no unbiased variance; its biased one, 0, stands for it.
            double unbiased = variance * pixels / Math.Max(pixels - 1, 1);
            runningMean[c] = (float)(((1 - (double)momentum) * runningMean[c]) + (momentum * mean));
            runningVariance[c] = (float)(((1 - (double)momentum) * runningVariance[c]) + (momentum * unbiased));
        }
    }

    /// <summary>The backward of <see cref="TrainReference"/>, in float64: the six equations of the paper's section 3, through the batch's mean and variance.</summary>
    /// <param name="pixels">The product of all extents but the last.</param>
    /// <param name="channels">The last extent.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="x">The input <c>[pixels, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>.</param>
    /// <param name="dy">The gradient of the output <c>[pixels, channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[pixels, channels]</c>, written.</param>
    /// <param name="dweight">The gradient of the scale <c>[channels]</c>, written.</param>
    /// <param name="dbias">The gradient of the shift <c>[channels]</c>, written.</param>
    public static void TrainBackwardReference(
        int pixels, int channels, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dweight, Span<float> dbias)
    {
        double[] dnormalized = new double[pixels];
        for (int c = 0; c < channels; c++)
        {
            (double mean, double variance) = Statistics(pixels, channels, x, c);
            double deviation = Math.Sqrt(variance + epsilon);

            for (int p = 0; p < pixels; p++) dnormalized[p] = (double)dy[(p * channels) + c] * weight[c];

            double dvariance = 0;
            for (int p = 0; p < pixels; p++) dvariance += dnormalized[p] * (x[(p * channels) + c] - mean) * -0.5 / (deviation * deviation * deviation);

            double dmean = 0;
            for (int p = 0; p < pixels; p++) dmean += (-dnormalized[p] / deviation) - (dvariance * 2 * (x[(p * channels) + c] - mean) / pixels);

            for (int p = 0; p < pixels; p++)
                dx[(p * channels) + c] = (float)((dnormalized[p] / deviation) + (dvariance * 2 * (x[(p * channels) + c] - mean) / pixels) + (dmean / pixels));

            double dscale = 0, dshift = 0;
            for (int p = 0; p < pixels; p++)
            {
                dscale += dy[(p * channels) + c] * (x[(p * channels) + c] - mean) / deviation;
                dshift += dy[(p * channels) + c];
            }

            (dweight[c], dbias[c]) = ((float)dscale, (float)dshift);
        }
    }

    /// <summary>The backward of <see cref="Reference"/>, in float64: the statistics are constants.</summary>
    /// <param name="pixels">The product of all extents but the last.</param>
    /// <param name="channels">The last extent.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="x">The input <c>[pixels, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>.</param>
    /// <param name="mean">The running mean <c>[channels]</c>.</param>
    /// <param name="variance">The running variance <c>[channels]</c>.</param>
    /// <param name="dy">The gradient of the output <c>[pixels, channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[pixels, channels]</c>, written.</param>
    /// <param name="dweight">The gradient of the scale <c>[channels]</c>, written.</param>
    /// <param name="dbias">The gradient of the shift <c>[channels]</c>, written.</param>
    public static void BackwardReference(
        int pixels, int channels, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, ReadOnlySpan<float> dy,
        Span<float> dx, Span<float> dweight, Span<float> dbias)
    {
        for (int c = 0; c < channels; c++)
        {
            double deviation = Math.Sqrt((double)variance[c] + epsilon), dscale = 0, dshift = 0;
            for (int p = 0; p < pixels; p++)
            {
                double gradient = dy[(p * channels) + c];
                dx[(p * channels) + c] = (float)(gradient * weight[c] / deviation);
                dscale += gradient * ((double)x[(p * channels) + c] - mean[c]) / deviation;
                dshift += gradient;
            }

            (dweight[c], dbias[c]) = ((float)dscale, (float)dshift);
        }
    }

    /// <summary>The vector path.</summary>
    /// <param name="pixels">The product of all extents but the last.</param>
    /// <param name="channels">The last extent.</param>
    /// <param name="scale">The scale <c>[channels]</c>, from <see cref="Fold"/>.</param>
    /// <param name="shift">The shift <c>[channels]</c>.</param>
    /// <param name="x">The input <c>[pixels, channels]</c>.</param>
    /// <param name="y">The output <c>[pixels, channels]</c>; it may be <paramref name="x"/>.</param>
    [Dispatch]
    public static partial void Run(int pixels, int channels, float* scale, float* shift, float* x, float* y);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector>(int pixels, int channels, float* scale, float* shift, float* x, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        for (int p = 0; p < pixels; p++, x += channels, y += channels)
        {
            int c = 0;
            for (; c <= channels - TSimd.Lanes; c += TSimd.Lanes)
                TSimd.Store(TSimd.MultiplyAdd(TSimd.Load(x + c), TSimd.Load(scale + c), TSimd.Load(shift + c)), y + c);
            if (c == channels) continue;
            int rest = channels - c;
            TVector last = TSimd.MultiplyAdd(Partial<TSimd, TVector>.Load(x + c, rest), Partial<TSimd, TVector>.Load(scale + c, rest), Partial<TSimd, TVector>.Load(shift + c, rest));
            Partial<TSimd, TVector>.Store(last, y + c, rest);
        }
    }

    /// <summary>The mean and the biased variance of a channel.</summary>
    /// <summary>The mean and the biased variance of a channel.</summary>
    public static (double Mean, double Variance) Statistics(int pixels, int channels, ReadOnlySpan<float> x, int channel)
    {
        double sum = 0, squares = 0;
        for (int p = 0; p < pixels; p++) sum += x[(p * channels) + channel];
        double mean = sum / pixels;
        for (int p = 0; p < pixels; p++) squares += (x[(p * channels) + channel] - mean) * (x[(p * channels) + channel] - mean);
        return (mean, squares / pixels);
    }
}
