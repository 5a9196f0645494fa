namespace Graft.Readouts;

/// <summary>A temperature fitted to held-out scores.</summary>
/// <param name="Temperature">Scores are divided by it before the softmax.</param>
/// <param name="Before">Calibration of the softmax of the scores as they came.</param>
/// <param name="After">Calibration with the temperature.</param>
internal sealed record TemperatureFit(double Temperature, Calibration Before, Calibration After);

/// <summary>Calibrates scores with one number, which changes no ranking.</summary>
/// <remarks>
/// Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017, section 4.2. The mean of -log p(true class) is convex in 1 / T; its
/// minimum is found by bisection on log T with bounds relative to the scores' own spread, so that a readout's scores of any scale will do
/// (ridge scores are not logits: their temperature is around 0.1).
/// Where every sample is right the likelihood has no minimum and T would go to 0: then the targets are softened by 1 / (rows + 2), as in Platt, "Probabilistic
/// outputs for support vector machines", 1999. Where no temperature helps (scores worse than none) the upper bound is returned: nearly uniform.
/// </remarks>
internal static class TemperatureScaling
{
    private const double Widest = 1e6;

    /// <summary>Fits a temperature.</summary>
    /// <param name="scores">Held-out scores, [rows, classes], row-major.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="labels">The true class of each row.</param>
    /// <exception cref="GraftException">Sizes do not fit, a score is not finite, or a label is out of range.</exception>
    public static TemperatureFit Fit(ReadOnlySpan<float> scores, int classes, ReadOnlySpan<int> labels)
    {
        Probabilities.CheckLabels(scores, classes, labels);
        double temperature = Temperature(scores, classes, labels);
        return new(
            temperature,
            Calibration.Measure(Probabilities.Softmax(scores, classes), classes, labels),
            Calibration.Measure(Probabilities.Softmax(scores, classes, temperature), classes, labels));
    }

    /// <summary>The temperature that makes the sigmoids of scores of independent labels as honest as one number can: the mean of -log p is convex in 1 / T.</summary>
    /// <param name="scores">Held-out scores, of any labels.</param>
    /// <param name="isThere">Whether each score's label is there.</param>
    /// <exception cref="ArgumentException">There are not as many answers as scores, or none.</exception>
    public static double FitSigmoid(ReadOnlySpan<float> scores, ReadOnlySpan<bool> isThere)
    {
        if (scores.IsEmpty || scores.Length != isThere.Length) throw new ArgumentException($"There is an answer for each score and one at least; there are {scores.Length} scores and {isThere.Length} answers.", nameof(scores));
        double softening = 1.0 / (scores.Length + 2), low = -Math.Log(100), high = Math.Log(100);
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2, inverse = Math.Exp(middle), slope = 0;
            for (int j = 0; j < scores.Length; j++)
                slope += scores[j] * ((1 / (1 + Math.Exp(-scores[j] * inverse))) - (isThere[j] ? 1 - softening : softening));
            if (slope > 0) high = middle;
            else low = middle;
        }

        return Math.Exp(-(low + high) / 2);
    }

    private static double Temperature(ReadOnlySpan<float> scores, int classes, ReadOnlySpan<int> labels)
    {
        double squares = 0;
        bool separated = true;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = scores.Slice(i * classes, classes);
            double mean = 0;
            foreach (float score in row) mean += score / (double)classes;
            for (int c = 0; c < classes; c++)
            {
                squares += (row[c] - mean) * (row[c] - mean);
                separated &= row[c] <= row[labels[i]];
            }
        }

        double spread = Math.Sqrt(squares / scores.Length);
        if (spread == 0) return 1;

        double softening = separated ? 1.0 / (labels.Length + 2) : 0;
        double low = Math.Log(1 / (spread * Widest)), high = Math.Log(Widest / spread);
        for (int i = 0; i < 100 && high - low > 1e-12; i++)
        {
            double middle = (low + high) / 2;
            if (Slope(scores, classes, labels, Math.Exp(middle), softening) > 0) high = middle;
            else low = middle;
        }

        return Math.Exp(-(low + high) / 2);
    }

    // The derivative of the summed -log p by the inverse temperature: sum of (expected score - true score), which rises.
    private static double Slope(ReadOnlySpan<float> scores, int classes, ReadOnlySpan<int> labels, double inverse, double softening)
    {
        double slope = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = scores.Slice(i * classes, classes);
            double largest = double.NegativeInfinity, sum = 0, expected = 0, mean = 0;
            foreach (float score in row) largest = Math.Max(largest, score);
            foreach (float score in row)
            {
                double exponential = Math.Exp((score - largest) * inverse);
                sum += exponential;
                expected += exponential * (score - largest);
                mean += (score - largest) / classes;
            }

            slope += (expected / sum) - ((1 - softening) * (row[labels[i]] - largest)) - (softening * mean);
        }

        return slope;
    }
}
