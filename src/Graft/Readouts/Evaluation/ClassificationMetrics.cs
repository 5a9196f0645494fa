namespace Graft.Readouts;

/// <summary>How one class was recognized.</summary>
/// <param name="Recall">The part of its images that was recognized; 0 where it has none.</param>
/// <param name="Precision">The part of the images called so that were so; 0 where none was.</param>
/// <param name="Images">How many images are of this class.</param>
public readonly record struct ClassMetrics(double Recall, double Precision, int Images);

/// <summary>Images of one class taken for another.</summary>
/// <param name="True">What they are.</param>
/// <param name="Predicted">What they were taken for.</param>
/// <param name="Images">How many.</param>
public readonly record struct ConfusedPair(int True, int Predicted, int Images);

/// <summary>How well scores agree with labels. Of equal scores the lower class index ranks first.</summary>
/// <param name="Top1">The part of the images whose best score is the true class's.</param>
/// <param name="Top5">The part of the images whose true class is among the five best scores (among all, where there are fewer classes).</param>
/// <param name="Images">The number of images.</param>
/// <param name="Confusion">Image counts, [true class, predicted class].</param>
/// <param name="PerClass">Each class by itself.</param>
public sealed record ClassificationMetrics(double Top1, double Top5, int Images, int[,] Confusion, IReadOnlyList<ClassMetrics> PerClass)
{
    /// <summary>Measures scores, logits or probabilities.</summary>
    /// <param name="scores">[rows, classes], row-major.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="labels">The true class of each row.</param>
    /// <exception cref="GraftException">Sizes do not fit, a score is not finite, or a label is out of range.</exception>
    public static ClassificationMetrics Measure(ReadOnlySpan<float> scores, int classes, ReadOnlySpan<int> labels)
    {
        Probabilities.CheckLabels(scores, classes, labels);
        int[,] confusion = new int[classes, classes];
        int first = 0, firstFive = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = scores.Slice(i * classes, classes);
            int label = labels[i], best = 0, rank = 0;
            for (int c = 0; c < classes; c++)
            {
                if (row[c] > row[best]) best = c;
                if (row[c] > row[label] || (row[c] == row[label] && c < label)) rank++;
            }

            confusion[label, best]++;
            first += rank == 0 ? 1 : 0;
            firstFive += rank < 5 ? 1 : 0;
        }

        ClassMetrics[] perClass = new ClassMetrics[classes];
        for (int c = 0; c < classes; c++)
        {
            int images = 0, called = 0;
            for (int other = 0; other < classes; other++)
            {
                images += confusion[c, other];
                called += confusion[other, c];
            }

            perClass[c] = new(confusion[c, c] / (double)Math.Max(1, images), confusion[c, c] / (double)Math.Max(1, called), images);
        }

        return new((double)first / labels.Length, (double)firstFive / labels.Length, labels.Length, confusion, perClass);
    }

    /// <summary>The pairs of classes that were mistaken most often, most first; equal counts by class index.</summary>
    public IReadOnlyList<ConfusedPair> MostConfused(int most = 10)
    {
        List<ConfusedPair> pairs = new();
        for (int t = 0; t < Confusion.GetLength(0); t++)
        {
            for (int p = 0; p < Confusion.GetLength(1); p++)
            {
                if (t != p && Confusion[t, p] > 0) pairs.Add(new(t, p, Confusion[t, p]));
            }
        }

        return [.. pairs.OrderByDescending(pair => pair.Images).Take(most)];
    }
}
