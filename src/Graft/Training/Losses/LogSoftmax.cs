namespace Graft.Training.Losses;

/// <summary>log p[c] = z[c] - log(sum over k of exp z[k]) of one row, in float64.</summary>
internal static class LogSoftmax
{
    /// <summary>Writes the logarithms of the probabilities of the outputs divided by a temperature.</summary>
    public static void Of(ReadOnlySpan<float> outputs, double temperature, Span<double> logarithms)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float output in outputs) largest = Math.Max(largest, output / temperature);
        foreach (float output in outputs) sum += Math.Exp((output / temperature) - largest);
        double shift = largest + Math.Log(sum);
        for (int c = 0; c < outputs.Length; c++) logarithms[c] = (outputs[c] / temperature) - shift;
    }
}
