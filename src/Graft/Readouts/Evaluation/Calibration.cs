namespace Graft.Readouts;

/// <summary>One bin of a reliability diagram.</summary>
/// <param name="Low">The least confidence in the bin (exclusive, except for the first bin).</param>
/// <param name="High">The most (inclusive).</param>
/// <param name="Images">How many samples fell into it.</param>
/// <param name="Confidence">Their mean confidence; 0 where there are none.</param>
/// <param name="Accuracy">The part of them that was right; 0 where there are none.</param>
public readonly record struct ReliabilityBin(double Low, double High, int Images, double Confidence, double Accuracy);

/// <summary>How far probabilities can be taken at their word.</summary>
/// <param name="ExpectedError">The expected calibration error: mean |accuracy - confidence| over the bins, by their samples.</param>
/// <param name="NegativeLogLikelihood">The mean of -log p(true class), in nats.</param>
/// <param name="Brier">The mean over samples of the squared distance of the probabilities from the one-hot truth, 0 to 2.</param>
/// <param name="Bins">The reliability diagram.</param>
public sealed record Calibration(double ExpectedError, double NegativeLogLikelihood, double Brier, IReadOnlyList<ReliabilityBin> Bins)
{
    // -log of the smallest normal float32: a probability that underflowed counts as this and not as an infinity.
    private const double LeastProbability = 1.17549435e-38;

    /// <summary>Measures probabilities.</summary>
    /// <param name="probabilities">[rows, classes], row-major.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="labels">The true class of each row.</param>
    /// <param name="bins">The number of bins of equal width.</param>
    /// <remarks>Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017, equation 3.</remarks>
    /// <exception cref="GraftException">Sizes do not fit, a value is not finite or not in [0, 1], or a label is out of range.</exception>
    public static Calibration Measure(ReadOnlySpan<float> probabilities, int classes, ReadOnlySpan<int> labels, int bins = 15)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        Probabilities.CheckLabels(probabilities, classes, labels);
        int[] images = new int[bins], right = new int[bins];
        double[] confidences = new double[bins];
        double likelihood = 0, brier = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = probabilities.Slice(i * classes, classes);
            int best = 0;
            for (int c = 0; c < classes; c++)
            {
                if (row[c] is < 0 or > 1.0001f)
                    throw new GraftException($"Probabilities lie between 0 and 1; class {c} of row {i} has {row[c]}. Take the softmax of the scores first.");
                if (row[c] > row[best]) best = c;
                double error = row[c] - (c == labels[i] ? 1 : 0);
                brier += error * error;
            }

            likelihood -= Math.Log(Math.Max(row[labels[i]], LeastProbability));
            int bin = Math.Clamp((int)Math.Ceiling(row[best] * (double)bins) - 1, 0, bins - 1);
            images[bin]++;
            confidences[bin] += row[best];
            right[bin] += best == labels[i] ? 1 : 0;
        }

        double expected = 0;
        ReliabilityBin[] diagram = new ReliabilityBin[bins];
        for (int b = 0; b < bins; b++)
        {
            int count = Math.Max(1, images[b]);
            diagram[b] = new((double)b / bins, (b + 1.0) / bins, images[b], confidences[b] / count, (double)right[b] / count);
            expected += Math.Abs(right[b] - confidences[b]) / labels.Length;
        }

        return new(expected, likelihood / labels.Length, brier / labels.Length, diagram);
    }
}
