namespace Graft.Kernels.Normalization;

/// <summary>
/// Batch normalization (Ioffe and Szegedy 2015, arXiv:1502.03167), the scalar reference. With running statistics (algorithm 2): y[p, c] = weight[c] (x[p, c] -
/// mean[c]) / sqrt(variance[c] + epsilon) + bias[c]. In training
/// (algorithm 1) mean and variance are those of the batch, over all pixels of all its images.
/// </summary>
internal static class BatchNormKernel
{
    /// <summary>The formula with running statistics, in float64.</summary>
    public static void Reference(in NormInput norm, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, Span<float> y)
    {
        for (int i = 0; i < norm.X.Length; i++)
        {
            int c = i % norm.Channels;
            y[i] = (float)((norm.Gamma(c) * ((double)norm.X[i] - mean[c]) / Math.Sqrt(variance[c] + norm.Epsilon)) + norm.Beta(c));
        }
    }

    /// <summary>
    /// Training, algorithm 1, in float64. The batch is normalized with its own (biased) variance; the running variance takes up the unbiased one, as in torch.
    /// </summary>
    /// <param name="norm">The input.</param>
    /// <param name="momentum">The weight of the new batch: running = (1 - momentum) running + momentum batch.</param>
    /// <param name="runningMean">The running mean <c>[channels]</c>, updated.</param>
    /// <param name="runningVariance">The running variance <c>[channels]</c>, updated.</param>
    /// <param name="y">The output.</param>
    public static void TrainReference(in NormInput norm, float momentum, Span<float> runningMean, Span<float> runningVariance, Span<float> y)
    {
        int rows = norm.Rows, channels = norm.Channels;
        for (int c = 0; c < channels; c++)
        {
            (double mean, double variance) = GroupNormKernel.Statistics(0, rows, channels, c, 1, norm.X);
            for (int p = 0; p < rows; p++)
            {
                double normalized = (norm.X[(p * channels) + c] - mean) / Math.Sqrt(variance + norm.Epsilon);
                y[(p * channels) + c] = (float)((norm.Gamma(c) * normalized) + norm.Beta(c));
            }

            // One pixel has no unbiased variance; its biased one, 0, stands for it.
            double unbiased = variance * rows / Math.Max(rows - 1, 1);
            runningMean[c] = (float)(((1 - (double)momentum) * runningMean[c]) + (momentum * mean));
            runningVariance[c] = (float)(((1 - (double)momentum) * runningVariance[c]) + (momentum * unbiased));
        }
    }

    /// <summary>
    /// The backward of <see cref="TrainReference"/>, in float64: the six equations of the paper's section 3, through the batch's mean and variance.
    /// </summary>
    public static void TrainBackwardReference(in NormInput norm, in NormGradient gradient)
    {
        int rows = norm.Rows, channels = norm.Channels;
        double[] dnormalized = new double[rows];
        for (int c = 0; c < channels; c++)
        {
            (double mean, double variance) = GroupNormKernel.Statistics(0, rows, channels, c, 1, norm.X);
            double deviation = Math.Sqrt(variance + norm.Epsilon);

            for (int p = 0; p < rows; p++) dnormalized[p] = gradient.Dy[(p * channels) + c] * norm.Gamma(c);

            double dvariance = 0;
            for (int p = 0; p < rows; p++) dvariance += dnormalized[p] * (norm.X[(p * channels) + c] - mean) * -0.5 / (deviation * deviation * deviation);

            double dmean = 0;
            for (int p = 0; p < rows; p++) dmean += (-dnormalized[p] / deviation) - (dvariance * 2 * (norm.X[(p * channels) + c] - mean) / rows);

            for (int p = 0; p < rows; p++)
                gradient.Dx[(p * channels) + c] = (float)((dnormalized[p] / deviation) + (dvariance * 2 * (norm.X[(p * channels) + c] - mean) / rows) + (dmean / rows));

            double dscale = 0, dshift = 0;
            for (int p = 0; p < rows; p++)
            {
                dscale += gradient.Dy[(p * channels) + c] * (norm.X[(p * channels) + c] - mean) / deviation;
                dshift += gradient.Dy[(p * channels) + c];
            }

            gradient.Set(c, dscale, dshift);
        }
    }

    /// <summary>The backward of <see cref="Reference"/>, in float64: the statistics are constants.</summary>
    public static void BackwardReference(in NormInput norm, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, in NormGradient gradient)
    {
        for (int c = 0; c < norm.Channels; c++)
        {
            double deviation = Math.Sqrt(variance[c] + norm.Epsilon), dscale = 0, dshift = 0;
            for (int i = c; i < norm.X.Length; i += norm.Channels)
            {
                double dy = gradient.Dy[i];
                gradient.Dx[i] = (float)(dy * norm.Gamma(c) / deviation);
                dscale += dy * ((double)norm.X[i] - mean[c]) / deviation;
                dshift += dy;
            }

            gradient.Set(c, dscale, dshift);
        }
    }
}
