namespace Graft.Kernels.Quantization;

/// <summary>
/// Weights <c>[outputs, ...]</c> as whole numbers from -127 to 127 with a scale for each output: w' = scale[o] clamp(round(w / scale[o]), -127, 127). Symmetric quantization per channel
/// (Krishnamoorthi 2018, arXiv:1806.08342, section 3.2).
/// </summary>
internal static class RowGridKernel
{
    /// <summary>The largest whole number: -128 has no counterpart.</summary>
    public const int Most = 127;

    /// <summary>The whole numbers.</summary>
    public static void Whole(ReadOnlySpan<float> weights, ReadOnlySpan<float> scales, Span<sbyte> q)
    {
        int depth = Depth(weights, scales);
        for (int i = 0; i < weights.Length; i++) q[i] = Whole(weights[i], scales[i / depth]);
    }

    /// <summary>The nearest weights that they stand for. What is not a number stays so, and is seen.</summary>
    public static void Run(ReadOnlySpan<float> weights, ReadOnlySpan<float> scales, Span<float> nearest)
    {
        int depth = Depth(weights, scales);
        for (int i = 0; i < weights.Length; i++) nearest[i] = float.IsNaN(weights[i]) ? weights[i] : Whole(weights[i], scales[i / depth]) * scales[i / depth];
    }

    /// <summary>dw += dw' where rounding alone changed a weight, 0 where it was cut off: the straight-through estimate (Bengio et al. 2013, arXiv:1308.3432).</summary>
    public static void AddGradient(ReadOnlySpan<float> weights, ReadOnlySpan<float> scales, ReadOnlySpan<float> gradient, Span<float> sums)
    {
        int depth = Depth(weights, scales);
        for (int i = 0; i < weights.Length; i++)
            if (Math.Abs(weights[i]) <= (Most + 0.5f) * scales[i / depth]) sums[i] += gradient[i];
    }

    /// <summary>The whole number of a weight.</summary>
    public static sbyte Whole(float weight, float scale) => (sbyte)Math.Clamp(MathF.Round(weight / scale), -Most, Most);

    private static int Depth(ReadOnlySpan<float> weights, ReadOnlySpan<float> scales) => scales.IsEmpty ? 1 : Math.Max(1, weights.Length / scales.Length);
}
