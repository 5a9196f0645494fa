using Graft.Readouts;

namespace Graft.Vision.FineTuning;

/// <summary>How good a classifier is on held-out images, as what is kept is chosen by: every image counts as its class does.</summary>
/// <param name="Right">The part that is right, 0 to 1; with balanced classes the mean of their recalls.</param>
/// <param name="Loss">The mean of -log p(true class).</param>
internal readonly record struct Merit(double Right, double Loss)
{
    // Rounding is no margin.
    private const double LeastMargin = 1e-9;

    /// <summary>
    /// By how much the standard error of <see cref="Right"/> is larger than if every image counted the same: 0 where classes have as many images each, and much where a class counts as much as others and
    /// has two. What beats something that needs no luck must beat it by more than that.
    /// </summary>
    public double Margin { get; init; }

    /// <summary>The standard error of <see cref="Right"/>; 0 where it is no part of images.</summary>
    public double StandardError { get; init; }

    /// <summary>Whether it is more often right, or as often and surer.</summary>
    public bool IsBetterThan(Merit other) => Right > other.Right || (Right == other.Right && Loss < other.Loss);

    /// <summary>Whether it is better by more than what weighing a few images of a class adds to chance.</summary>
    public bool IsClearlyBetterThan(Merit other) => IsBetterThan(other) && (Margin < LeastMargin || Right - other.Right > Margin);

    /// <summary>Whether it is more often right by more than the standard error: what beats something that has learned from more images must not owe it to which images were held out.</summary>
    public bool IsSurelyBetterThan(Merit other) => IsBetterThan(other) && (StandardError < LeastMargin || Right - other.Right > StandardError);

    /// <summary>Measures probabilities.</summary>
    /// <param name="probabilities"><c>[rows, classes]</c>.</param>
    /// <param name="labels">The true class of each row.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="weights">How much a class counts.</param>
    public static Merit Of(ReadOnlySpan<float> probabilities, ReadOnlySpan<int> labels, int classes, ClassWeights weights)
    {
        int[] counts = new int[classes];
        foreach (int label in labels) counts[label]++;
        double[] perClass = weights.ForClasses(counts);
        double whole = 0, right = 0, loss = 0;
        int[] rightOf = new int[classes];
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = probabilities.Slice(i * classes, classes);
            double weight = perClass[labels[i]];
            whole += weight;
            if (Probabilities.Best(row) == labels[i])
            {
                right += weight;
                rightOf[labels[i]]++;
            }

            loss -= weight * Math.Log(Math.Max(row[labels[i]], float.Epsilon));
        }

        double error = Error(counts, rightOf, perClass);
        return new Merit(right / whole, loss / whole) { StandardError = error, Margin = Math.Max(0, error - Error(counts, rightOf, [.. Enumerable.Repeat(1.0, classes)])) };
    }

    /// <summary>The standard error of the weighed part that is right; a class of n images, r of them right, counts as (r + 1) / (n + 2), so that two out of two are no certainty (Laplace).</summary>
    private static double Error(int[] counts, int[] right, double[] weights)
    {
        double whole = 0, variance = 0;
        for (int c = 0; c < counts.Length; c++)
        {
            double part = (right[c] + 1.0) / (counts[c] + 2);
            whole += weights[c] * counts[c];
            variance += weights[c] * weights[c] * counts[c] * part * (1 - part);
        }

        return Math.Sqrt(variance) / whole;
    }
}
