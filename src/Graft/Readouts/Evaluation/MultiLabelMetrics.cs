namespace Graft.Readouts;

/// <summary>How one label was recognized.</summary>
/// <param name="AveragePrecision">The area under its precision over recall, the steps of which are the images that have it; not a number where none has.</param>
/// <param name="Recall">The part of the images with it that were given it at the threshold; 0 where there are none.</param>
/// <param name="Precision">The part of the images given it that have it; 0 where none was given it.</param>
/// <param name="Images">How many images have it.</param>
/// <param name="Threshold">The probability from which on it is given.</param>
public readonly record struct LabelMetrics(double AveragePrecision, double Recall, double Precision, int Images, double Threshold)
{
    /// <summary>The harmonic mean of recall and precision.</summary>
    public double F1 => Recall + Precision == 0 ? 0 : 2 * Recall * Precision / (Recall + Precision);
}

/// <summary>How well independent labels were recognized.</summary>
/// <param name="MeanAveragePrecision">The mean of the average precisions of the labels that images have.</param>
/// <param name="MicroF1">The harmonic mean of recall and precision over all labels of all images together.</param>
/// <param name="ExactMatch">The part of the images that were given just their labels.</param>
/// <param name="Loss">The mean of -log p of each label's presence or absence.</param>
/// <param name="Images">The number of images.</param>
/// <param name="PerLabel">Each label by itself.</param>
public sealed record MultiLabelMetrics(double MeanAveragePrecision, double MicroF1, double ExactMatch, double Loss, int Images, IReadOnlyList<LabelMetrics> PerLabel)
{
    /// <summary>Measures probabilities.</summary>
    /// <param name="probabilities">[images, labels], row-major.</param>
    /// <param name="isThere">Whether each image has each label, [images, labels].</param>
    /// <param name="thresholds">The probability from which on each label is given.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static MultiLabelMetrics Measure(ReadOnlySpan<float> probabilities, ReadOnlySpan<bool> isThere, ReadOnlySpan<float> thresholds)
    {
        int labels = thresholds.Length;
        if (labels == 0 || probabilities.Length != isThere.Length || probabilities.IsEmpty || probabilities.Length % labels != 0)
            throw new ArgumentException($"Probabilities are whole rows of {labels} labels, with as many answers; there are {probabilities.Length} and {isThere.Length}.", nameof(probabilities));
        int images = probabilities.Length / labels, exact = 0, allRight = 0, allGiven = 0, allThere = 0;
        double loss = 0;
        int[] right = new int[labels], given = new int[labels], there = new int[labels];
        for (int i = 0; i < images; i++)
        {
            bool isExact = true;
            for (int c = 0; c < labels; c++)
            {
                float p = probabilities[(i * labels) + c];
                bool has = isThere[(i * labels) + c], gets = p >= thresholds[c];
                loss -= Math.Log(Math.Max(has ? p : 1 - (double)p, float.Epsilon));
                isExact &= has == gets;
                there[c] += has ? 1 : 0;
                given[c] += gets ? 1 : 0;
                right[c] += has && gets ? 1 : 0;
            }

            exact += isExact ? 1 : 0;
        }

        LabelMetrics[] perLabel = new LabelMetrics[labels];
        double sum = 0;
        int known = 0;
        float[] column = new float[images];
        bool[] answers = new bool[images];
        for (int c = 0; c < labels; c++)
        {
            for (int i = 0; i < images; i++) (column[i], answers[i]) = (probabilities[(i * labels) + c], isThere[(i * labels) + c]);
            double average = AveragePrecision(column, answers);
            perLabel[c] = new(average, right[c] / (double)Math.Max(1, there[c]), right[c] / (double)Math.Max(1, given[c]), there[c], thresholds[c]);
            if (there[c] > 0) (sum, known) = (sum + average, known + 1);
            (allRight, allGiven, allThere) = (allRight + right[c], allGiven + given[c], allThere + there[c]);
        }

        return new(known == 0 ? double.NaN : sum / known, 2.0 * allRight / Math.Max(1, allGiven + allThere), (double)exact / images, loss / probabilities.Length, images, perLabel);
    }

    /// <summary>The sum over thresholds of (recall - recall before) x precision, equal scores counting as one threshold: what scikit-learn calls average precision.</summary>
    /// <param name="scores">A score for each image.</param>
    /// <param name="isThere">Whether each has the label.</param>
    public static double AveragePrecision(ReadOnlySpan<float> scores, ReadOnlySpan<bool> isThere)
    {
        int positives = isThere.Count(true), right = 0;
        if (positives == 0) return double.NaN;
        float[] keys = scores.ToArray();
        bool[] answers = isThere.ToArray();
        Array.Sort(keys, answers);
        double sum = 0;
        for (int i = keys.Length - 1; i >= 0;)
        {
            int before = right;
            float score = keys[i];
            for (; i >= 0 && keys[i] == score; i--) right += answers[i] ? 1 : 0;
            sum += (right - before) / (double)positives * right / (keys.Length - 1 - i);
        }

        return sum;
    }

    /// <summary>
    /// For each label the probability from which on giving it has the greatest F1 on held-out images, halfway to the next lower one; one half where fewer than <paramref name="least"/> images have the label or lack it.
    /// </summary>
    /// <param name="probabilities">[images, labels], row-major.</param>
    /// <param name="isThere">Whether each image has each label, [images, labels].</param>
    /// <param name="labels">The number of labels.</param>
    /// <param name="least">So many images must have a label, and lack it.</param>
    public static float[] Thresholds(ReadOnlySpan<float> probabilities, ReadOnlySpan<bool> isThere, int labels, int least = 5)
    {
        int images = labels == 0 ? 0 : probabilities.Length / labels;
        float[] thresholds = new float[labels], column = new float[images];
        bool[] answers = new bool[images];
        for (int c = 0; c < labels; c++)
        {
            for (int i = 0; i < images; i++) (column[i], answers[i]) = (probabilities[(i * labels) + c], isThere[(i * labels) + c]);
            int positives = answers.AsSpan().Count(true);
            thresholds[c] = positives < least || images - positives < least ? 0.5f : Best(column, answers, positives);
        }

        return thresholds;
    }

    private static float Best(float[] scores, bool[] isThere, int positives)
    {
        Array.Sort(scores, isThere);
        int right = 0;
        (double best, float threshold) = (-1, 0.5f);
        for (int i = scores.Length - 1; i >= 0; i--)
        {
            right += isThere[i] ? 1 : 0;
            if (i > 0 && scores[i - 1] == scores[i]) continue;
            double f1 = 2.0 * right / (scores.Length - i + positives);
            if (f1 > best) (best, threshold) = (f1, i > 0 ? (scores[i] + scores[i - 1]) / 2 : scores[i] / 2);
        }

        return threshold;
    }
}
