using System.Numerics;
using System.Runtime.InteropServices;

namespace Graft.Kernels.Normalization;

/// <summary>
/// Weight standardization (Qiao et al. 2019, arXiv:1903.10520): s[o, i] = (w[o, i] - mean[o]) / sqrt(variance[o] + epsilon), mean and biased variance over the
/// weights i of an output o. All sums
/// are in float64.
/// </summary>
internal static class WeightStandardizationKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(float epsilon, int outputs, ReadOnlySpan<float> weight, Span<float> standardized)
    {
        int depth = outputs == 0 ? 0 : weight.Length / outputs;
        for (int o = 0; o < outputs; o++)
        {
            double mean = 0, variance = 0;
            for (int i = o * depth; i < (o + 1) * depth; i++) mean += (double)weight[i] / depth;
            for (int i = o * depth; i < (o + 1) * depth; i++) variance += (weight[i] - mean) * (weight[i] - mean) / depth;
            for (int i = o * depth; i < (o + 1) * depth; i++) standardized[i] = (float)((weight[i] - mean) / Math.Sqrt(variance + epsilon));
        }
    }

    /// <summary>The backward's formula: dw += (g - mean(g) - s mean(g s)) / sqrt(variance + epsilon), g the gradient of s.</summary>
    public static void BackwardReference(float epsilon, int outputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> gradient, Span<float> target)
    {
        int depth = outputs == 0 ? 0 : weight.Length / outputs;
        for (int o = 0; o < outputs; o++)
        {
            double mean = 0, variance = 0, first = 0, second = 0;
            for (int i = o * depth; i < (o + 1) * depth; i++) mean += (double)weight[i] / depth;
            for (int i = o * depth; i < (o + 1) * depth; i++) variance += (weight[i] - mean) * (weight[i] - mean) / depth;
            double deviation = Math.Sqrt(variance + epsilon);
            for (int i = o * depth; i < (o + 1) * depth; i++) (first, second) = (first + (gradient[i] / (double)depth), second + (gradient[i] * ((weight[i] - mean) / deviation) / depth));
            for (int i = o * depth; i < (o + 1) * depth; i++) target[i] += (float)((gradient[i] - first - ((weight[i] - mean) / deviation * second)) / deviation);
        }
    }

    /// <summary>The vector path.</summary>
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
            double mean = Sum(w) / depth;
            inverse[o] = 1 / Math.Sqrt((SumOfSquares(w, mean) / depth) + epsilon);
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
            double first = Sum(g) / depth, second = Dot(g, s) / depth;
            for (int i = 0; i < depth; i++) sum[i] += (float)(inverse[o] * (g[i] - first - (s[i] * second)));
        }
    }

    private static double Sum(ReadOnlySpan<float> x)
    {
        Vector<double> even = default, odd = default;
        foreach (Vector<float> value in MemoryMarshal.Cast<float, Vector<float>>(x))
        {
            Vector.Widen(value, out Vector<double> low, out Vector<double> high);
            even += low;
            odd += high;
        }

        double total = Vector.Sum(even + odd);
        foreach (float value in x[^(x.Length % Vector<float>.Count)..]) total += value;
        return total;
    }

    private static double SumOfSquares(ReadOnlySpan<float> x, double mean)
    {
        Vector<double> even = default, odd = default, center = new(mean);
        foreach (Vector<float> value in MemoryMarshal.Cast<float, Vector<float>>(x))
        {
            Vector.Widen(value, out Vector<double> low, out Vector<double> high);
            even += (low - center) * (low - center);
            odd += (high - center) * (high - center);
        }

        double total = Vector.Sum(even + odd);
        foreach (float value in x[^(x.Length % Vector<float>.Count)..]) total += (value - mean) * (value - mean);
        return total;
    }

    private static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        Vector<double> even = default, odd = default;
        ReadOnlySpan<Vector<float>> xs = MemoryMarshal.Cast<float, Vector<float>>(x), ys = MemoryMarshal.Cast<float, Vector<float>>(y);
        for (int i = 0; i < xs.Length; i++)
        {
            Vector.Widen(xs[i], out Vector<double> low, out Vector<double> high);
            Vector.Widen(ys[i], out Vector<double> otherLow, out Vector<double> otherHigh);
            even += low * otherLow;
            odd += high * otherHigh;
        }

        double total = Vector.Sum(even + odd);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++) total += (double)x[i] * y[i];
        return total;
    }
}
