using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations.Normalization;

namespace Graft.Formats.GraphModels;

/// <summary>
/// The arithmetic that a graph does on its image first, such as x / 127.5 - 1: it becomes the model's preprocessing. Whether images are values from 0 to 1 or from 0 to 255 no graph says, but its numbers do: nobody doubles
/// values up to 255, and nobody divides values up to 1 by 127.5.
/// </summary>
internal static class ImageArithmetic
{
    private const float Full = 255;

    // Factors of values up to 1 are from 1 (nothing) to about 5 (a deviation of 0.2), those of values up to 255 at most 1/20; but 1 where only a mean is subtracted, which is large then.
    private const float LeastFactor = 0.5f, MostOffset = 8;

    /// <summary>Takes the arithmetic out of a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="reader">What has read it.</param>
    /// <param name="preprocessing">The preprocessing; its mean and deviation are replaced where there is arithmetic.</param>
    /// <param name="notes">Collects what the user should know.</param>
    /// <returns>The graph without it, and the preprocessing; null for this where the file does not say how images are prepared.</returns>
    public static (Graph Graph, Preprocessing? Prepared) Extract(Graph graph, GraphReader reader, Preprocessing preprocessing, List<string> notes)
    {
        bool isWhole = reader.Image.Type("dtype") is "DT_INT32" or "DT_UINT8";
        if (reader.Input.Channels != 3) return (graph, null);

        // Whole numbers are from 0 to 255, whatever is done to them.
        Preprocessing? untouched = isWhole ? preprocessing with { Mean = [0, 0, 0], StandardDeviation = [1 / Full, 1 / Full, 1 / Full] } : null;
        if (graph.SoleConsumer(reader.Input.Name) is not { Operation: BatchNorm } norm || !reader.IsAffine(norm.Name)) return (graph, untouched);
        ReadOnlySpan<float> factors = reader.Draft.Weights[norm.WeightName("weight")].Span, offsets = reader.Draft.Weights[norm.WeightName("bias")].Span;
        float most = 0, far = 0;
        foreach (float factor in factors) most = Math.Max(most, Math.Abs(factor));
        foreach (float offset in offsets) far = Math.Max(far, Math.Abs(offset));
        float range = isWhole || most < LeastFactor || far > MostOffset ? Full : 1;

        // factor range v + offset = (v + offset / (factor range)) / (1 / (factor range))
        float[] mean = new float[3], deviation = new float[3];
        for (int c = 0; c < 3; c++) (mean[c], deviation[c]) = (-offsets[c] / (factors[c] * range), 1 / (factors[c] * range));
        if (mean.Any(number => !float.IsFinite(number)) || deviation.Any(number => !float.IsFinite(number) || number <= 0)) return (graph, untouched);
        Preprocessing prepared = preprocessing with { Mean = [.. mean.Select(number => number == 0 ? 0 : number)], StandardDeviation = [.. deviation] };
        if (prepared.Problem is not null) return (graph, untouched);
        notes.Add($"The arithmetic that the file begins with, on values from 0 to {range}, is the model's preprocessing here: a mean of {Text(prepared.Mean)} and a deviation of {Text(prepared.StandardDeviation)} of the full range.");
        return (graph.Bypass(node => node == norm), prepared);

        static string Text(IReadOnlyList<float> numbers) => numbers.All(number => number == numbers[0]) ? $"{numbers[0]:0.####}" : string.Join(", ", numbers.Select(number => $"{number:0.####}"));
    }
}
