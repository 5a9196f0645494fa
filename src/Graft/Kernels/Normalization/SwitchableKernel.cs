
namespace Graft.Kernels.Normalization;

/// <summary>
/// Switchable normalization (Luo et al. 2018, arXiv:1806.10779, equations 3 to 5): y = weight[c] (x - sum of w_k mean_k) / sqrt(sum of v_k variance_k + epsilon) + bias[c], k running over the statistics of
/// the instance, the layer and the batch, w and v the softmax of their weights. The scalar reference; the vector path's factors are the factors's.
/// </summary>
internal static class SwitchableKernel
{
    /// <summary>The three means and biased variances, <c>[batch, channels, 3]</c> in the order instance, layer, batch.</summary>
    /// <param name="batch">The number of pictures.</param>
    /// <param name="pixels">Height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="x">The input <c>[batch, pixels, channels]</c>.</param>
    /// <param name="runningMean">The running mean in the batch's place; empty for the batch's own.</param>
    /// <param name="runningVariance">The running variance.</param>
    public static (double[] Means, double[] Variances) Statistics(int batch, int pixels, int channels, ReadOnlySpan<float> x, ReadOnlySpan<float> runningMean, ReadOnlySpan<float> runningVariance)
    {
        double[] means = new double[batch * channels * 3], variances = new double[means.Length];
        for (int n = 0; n < batch; n++)
        {
            (double mean, double variance) layer = GroupNormKernel.Statistics(n, pixels, channels, 0, channels, x);
            for (int c = 0; c < channels; c++)
            {
                int i = ((n * channels) + c) * 3;
                (means[i], variances[i]) = GroupNormKernel.Statistics(n, pixels, channels, c, 1, x);
                (means[i + 1], variances[i + 1]) = layer;
                (means[i + 2], variances[i + 2]) = runningMean.IsEmpty ? GroupNormKernel.Statistics(0, batch * pixels, channels, c, 1, x) : (runningMean[c], runningVariance[c]);
            }
        }

        return (means, variances);
    }

    /// <summary>The softmax of three numbers.</summary>
    public static double[] Softmax(ReadOnlySpan<float> weights)
    {
        double largest = Math.Max(weights[0], Math.Max(weights[1], weights[2]));
        double[] powers = [Math.Exp(weights[0] - largest), Math.Exp(weights[1] - largest), Math.Exp(weights[2] - largest)];
        double sum = powers[0] + powers[1] + powers[2];
        return [powers[0] / sum, powers[1] / sum, powers[2] / sum];
    }

    /// <summary>The formula, in float64.</summary>
    /// <param name="batch">The number of pictures.</param>
    /// <param name="pixels">Height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="x">The input <c>[batch, pixels, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>.</param>
    /// <param name="bias">The shift <c>[channels]</c>.</param>
    /// <param name="meanWeights">What the shares of the means are the softmax of.</param>
    /// <param name="varianceWeights">What the shares of the variances are the softmax of.</param>
    /// <param name="statistics">From <see cref="Statistics"/>.</param>
    /// <param name="y">The output <c>[batch, pixels, channels]</c>.</param>
    public static void Reference(
        int batch, int pixels, int channels, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ReadOnlySpan<float> meanWeights, ReadOnlySpan<float> varianceWeights,
        (double[] Means, double[] Variances) statistics, Span<float> y)
    {
        double[] w = Softmax(meanWeights), v = Softmax(varianceWeights);
        for (int i = 0; i < batch * pixels * channels; i++)
        {
            int c = i % channels, s = ((i / channels / pixels * channels) + c) * 3;
            (double mean, double variance) = (Mix(w, statistics.Means, s), Mix(v, statistics.Variances, s));
            y[i] = (float)((weight[c] * (x[i] - mean) / Math.Sqrt(variance + epsilon)) + bias[c]);
        }
    }

    /// <summary>The backward, in float64: the gradients of the mixed mean and variance go to each statistic by its share, and from there to all that it is taken over.</summary>
    /// <param name="batch">The number of pictures.</param>
    /// <param name="pixels">Height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="x">The input <c>[batch, pixels, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>.</param>
    /// <param name="meanWeights">What the shares of the means are the softmax of.</param>
    /// <param name="varianceWeights">What the shares of the variances are the softmax of.</param>
    /// <param name="statistics">From <see cref="Statistics"/>.</param>
    /// <param name="usesBatch">Whether the third statistics are the batch's; running ones are constants.</param>
    /// <param name="dy">The gradient of the output <c>[batch, pixels, channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[batch, pixels, channels]</c>, written.</param>
    /// <param name="dweight">The gradient of the scale <c>[channels]</c>, written.</param>
    /// <param name="dbias">The gradient of the shift <c>[channels]</c>, written.</param>
    /// <param name="dmeanWeights">The gradient of the means' weights, written.</param>
    /// <param name="dvarianceWeights">The gradient of the variances' weights, written.</param>
    public static void BackwardReference(
        int batch, int pixels, int channels, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> meanWeights, ReadOnlySpan<float> varianceWeights,
        (double[] Means, double[] Variances) statistics, bool usesBatch, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dweight, Span<float> dbias, Span<float> dmeanWeights, Span<float> dvarianceWeights)
    {
        double[] w = Softmax(meanWeights), v = Softmax(varianceWeights), dmean = new double[batch * channels], dvariance = new double[dmean.Length];
        double[] scales = new double[channels], shifts = new double[channels], means = new double[3], variances = new double[3];
        for (int i = 0; i < batch * pixels * channels; i++)
        {
            int c = i % channels, s = (i / channels / pixels * channels) + c;
            double inverse = 1 / Math.Sqrt(Mix(v, statistics.Variances, 3 * s) + epsilon), distance = x[i] - Mix(w, statistics.Means, 3 * s);
            scales[c] += dy[i] * distance * inverse;
            shifts[c] += dy[i];
            dmean[s] -= weight[c] * dy[i] * inverse;
            dvariance[s] -= weight[c] * dy[i] * distance * inverse * inverse * inverse / 2;
        }

        double[] layerMean = new double[batch], layerVariance = new double[batch], batchMean = new double[channels], batchVariance = new double[channels];
        for (int s = 0; s < dmean.Length; s++)
        {
            (int n, int c) = (s / channels, s % channels);
            (layerMean[n], layerVariance[n], batchMean[c], batchVariance[c]) = (layerMean[n] + dmean[s], layerVariance[n] + dvariance[s], batchMean[c] + dmean[s], batchVariance[c] + dvariance[s]);
            for (int k = 0; k < 3; k++)
            {
                means[k] += dmean[s] * statistics.Means[(3 * s) + k];
                variances[k] += dvariance[s] * statistics.Variances[(3 * s) + k];
            }
        }

        for (int i = 0; i < batch * pixels * channels; i++)
        {
            (int n, int c) = (i / channels / pixels, i % channels);
            int s = (n * channels) + c;
            double gradient = dy[i] * weight[c] / Math.Sqrt(Mix(v, statistics.Variances, 3 * s) + epsilon);
            gradient += ((w[0] * dmean[s]) + (v[0] * dvariance[s] * 2 * (x[i] - statistics.Means[3 * s]))) / pixels;
            gradient += ((w[1] * layerMean[n]) + (v[1] * layerVariance[n] * 2 * (x[i] - statistics.Means[(3 * s) + 1]))) / ((double)pixels * channels);
            if (usesBatch) gradient += ((w[2] * batchMean[c]) + (v[2] * batchVariance[c] * 2 * (x[i] - statistics.Means[(3 * s) + 2]))) / ((double)pixels * batch);
            dx[i] = (float)gradient;
        }

        for (int c = 0; c < channels; c++) (dweight[c], dbias[c]) = ((float)scales[c], (float)shifts[c]);
        for (int k = 0; k < 3; k++)
        {
            dmeanWeights[k] = (float)SoftmaxGradient(w, means, k);
            dvarianceWeights[k] = (float)SoftmaxGradient(v, variances, k);
        }
    }

    /// <summary>The gradient of what a share is the softmax of, from the gradients of the shares.</summary>
    public static double SoftmaxGradient(double[] shares, double[] gradients, int k) =>
        shares[k] * (gradients[k] - ((shares[0] * gradients[0]) + (shares[1] * gradients[1]) + (shares[2] * gradients[2])));

    private static double Mix(double[] shares, double[] values, int first) => (shares[0] * values[first]) + (shares[1] * values[first + 1]) + (shares[2] * values[first + 2]);
}
