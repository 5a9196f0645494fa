using Graft.Readouts;

namespace Graft.Vision.FineTuning;

/// <summary>How good a classifier is on held-out pictures, as what is kept is chosen by: every picture counts as its class does.</summary>
/// <param name="Right">The part that is right, 0 to 1; with balanced classes the mean of their recalls.</param>
/// <param name="Loss">The mean of -log p(true class).</param>
internal readonly record struct Merit(double Right, double Loss)
{
    /// <summary>Whether it is more often right, or as often and surer.</summary>
    public bool IsBetterThan(Merit other) => Right > other.Right || (Right == other.Right && Loss < other.Loss);

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
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = probabilities.Slice(i * classes, classes);
            int best = 0;
            for (int c = 1; c < classes; c++)
            {
                if (row[c] > row[best]) best = c;
            }

            double weight = perClass[labels[i]];
            whole += weight;
            if (best == labels[i]) right += weight;
            loss -= weight * Math.Log(Math.Max(row[labels[i]], float.Epsilon));
        }

        return new Merit(right / whole, loss / whole);
    }
}
