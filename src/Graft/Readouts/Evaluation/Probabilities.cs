namespace Graft.Readouts;

/// <summary>From scores to probabilities.</summary>
internal static class Probabilities
{
    /// <summary>The class of the largest number in a row, the first of equal ones.</summary>
    internal static int Best(ReadOnlySpan<float> row)
    {
        int best = 0;
        for (int c = 1; c < row.Length; c++)
            if (row[c] > row[best]) best = c;
        return best;
    }

    /// <summary>The softmax of each row of scores divided by a temperature.</summary>
    /// <param name="scores">[rows, classes], row-major.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="temperature">Above zero; larger is less certain.</param>
    /// <returns>[rows, classes].</returns>
    /// <exception cref="GraftException">The values are not whole rows, a score is not finite, or the temperature is not above zero.</exception>
    public static float[] Softmax(ReadOnlySpan<float> scores, int classes, double temperature = 1)
    {
        CheckRows(scores, classes);
        if (!(temperature > 0) || !double.IsFinite(temperature))
            throw new GraftException($"A temperature is a finite number above zero, not {temperature}.");

        float[] result = new float[scores.Length];
        for (int start = 0; start < scores.Length; start += classes)
        {
            ReadOnlySpan<float> row = scores.Slice(start, classes);
            double largest = Largest(row), sum = 0;
            foreach (float score in row) sum += Math.Exp((score - largest) / temperature);
            for (int c = 0; c < classes; c++) result[start + c] = (float)(Math.Exp((row[c] - largest) / temperature) / sum);
        }

        return result;
    }

    /// <summary>The sigmoid of each score: the probability of a label that is there or not for itself.</summary>
    /// <param name="scores">Any number of scores.</param>
    /// <exception cref="GraftException">A score is not finite.</exception>
    public static float[] Sigmoid(ReadOnlySpan<float> scores)
    {
        float[] result = new float[scores.Length];
        for (int i = 0; i < scores.Length; i++)
        {
            if (!float.IsFinite(scores[i])) throw new GraftException($"Scores must be finite; number {i} is {scores[i]}. Check the features that made them.");
            double small = Math.Exp(-Math.Abs((double)scores[i]));
            result[i] = (float)(scores[i] >= 0 ? 1 / (1 + small) : small / (1 + small));
        }

        return result;
    }

    /// <summary>The logarithm of one class's softmax.</summary>
    internal static double LogSoftmax(ReadOnlySpan<float> row, int label, double temperature = 1)
    {
        double largest = Largest(row), sum = 0;
        foreach (float score in row) sum += Math.Exp((score - largest) / temperature);
        return ((row[label] - largest) / temperature) - Math.Log(sum);
    }

    internal static void CheckRows(ReadOnlySpan<float> values, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        if (values.Length % classes != 0)
            throw new GraftException($"Scores come as rows of {classes} classes; {values.Length} values are not whole rows.");
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                throw new GraftException($"Scores must be finite; class {i % classes} of row {i / classes} has {values[i]}. Check the features that made them.");
        }
    }

    internal static void CheckLabels(ReadOnlySpan<float> values, int classes, ReadOnlySpan<int> labels)
    {
        CheckRows(values, classes);
        if (values.Length / classes != labels.Length)
            throw new GraftException($"Each row of scores needs one label; there are {Amount.Of(values.Length / classes, "row")} and {Amount.Of(labels.Length, "label")}.");
        if (labels.Length == 0) throw new GraftException("Nothing can be measured on no samples. Give at least one.");
        for (int i = 0; i < labels.Length; i++)
        {
            if ((uint)labels[i] >= (uint)classes)
                throw new GraftException($"Labels count from 0 to {classes - 1}; the label of row {i} is {labels[i]}.");
        }
    }

    private static double Largest(ReadOnlySpan<float> row)
    {
        double largest = double.NegativeInfinity;
        foreach (float score in row) largest = Math.Max(largest, score);
        return largest;
    }
}
