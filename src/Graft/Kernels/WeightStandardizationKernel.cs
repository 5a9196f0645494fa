namespace Graft.Kernels;

/// <summary>
/// Weight standardization (Qiao et al. 2019, arXiv:1903.10520): s[o, i] = (w[o, i] - mean[o]) / sqrt(variance[o] + epsilon), mean and biased variance over the weights i of an output o.
/// There are few weights and many pixels, so one path in float64 serves as reference and as kernel.
/// </summary>
internal static class WeightStandardizationKernel
{
    /// <summary>Standardizes.</summary>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="weight">The weights <c>[outputs, ...]</c>.</param>
    /// <param name="standardized">Receives the standardized ones.</param>
    /// <param name="inverse">Receives 1 / sqrt(variance + epsilon) of each output.</param>
    public static void Run(float epsilon, ReadOnlySpan<float> weight, Span<float> standardized, Span<double> inverse)
    {
        int depth = inverse.Length == 0 ? 0 : weight.Length / inverse.Length;
        for (int o = 0; o < inverse.Length; o++)
        {
            ReadOnlySpan<float> w = weight.Slice(o * depth, depth);
            Span<float> target = standardized.Slice(o * depth, depth);
            double sum = 0, squares = 0;
            foreach (float value in w) sum += value;
            double mean = sum / depth;
            foreach (float value in w) squares += (value - mean) * (value - mean);
            inverse[o] = 1 / Math.Sqrt((squares / depth) + epsilon);
            for (int i = 0; i < depth; i++) target[i] = (float)((w[i] - mean) * inverse[o]);
        }
    }

    /// <summary>Adds the gradient of the weights: dw = (g - mean(g) - s mean(g s)) / sqrt(variance + epsilon), g the gradient of s.</summary>
    /// <param name="standardized">s.</param>
    /// <param name="inverse">1 / sqrt(variance + epsilon) of each output.</param>
    /// <param name="gradient">g.</param>
    /// <param name="target">Receives the sum.</param>
    public static void Backward(ReadOnlySpan<float> standardized, ReadOnlySpan<double> inverse, ReadOnlySpan<float> gradient, Span<float> target)
    {
        int depth = inverse.Length == 0 ? 0 : standardized.Length / inverse.Length;
        for (int o = 0; o < inverse.Length; o++)
        {
            ReadOnlySpan<float> s = standardized.Slice(o * depth, depth), g = gradient.Slice(o * depth, depth);
            Span<float> sum = target.Slice(o * depth, depth);
            double first = 0, second = 0;
            for (int i = 0; i < depth; i++)
            {
                first += g[i];
                second += (double)g[i] * s[i];
            }

            for (int i = 0; i < depth; i++) sum[i] += (float)(inverse[o] * (g[i] - (first / depth) - (s[i] * (second / depth))));
        }
    }
}
