namespace Graft.Training.Losses;

/// <summary>p[c] = exp z[c] / (sum over k of exp z[k]) of one row and its logarithm, in float64 and without overflow.</summary>
internal static class LogSoftmax
{
    /// <summary>Writes the probabilities of the outputs divided by a temperature, and their logarithms.</summary>
    public static void Of(ReadOnlySpan<float> outputs, double temperature, Span<double> probabilities, Span<double> logarithms)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float output in outputs) largest = Math.Max(largest, output / temperature);
        for (int c = 0; c < outputs.Length; c++)
        {
            logarithms[c] = (outputs[c] / temperature) - largest;
            sum += probabilities[c] = Math.Exp(logarithms[c]);
        }

        double shift = Math.Log(sum);
        for (int c = 0; c < outputs.Length; c++) (probabilities[c], logarithms[c]) = (probabilities[c] / sum, logarithms[c] - shift);
    }
}
