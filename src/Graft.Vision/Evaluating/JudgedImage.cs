using Graft.Readouts;

namespace Graft.Vision.Evaluating;

/// <summary>A labelled image and what a classifier said of it.</summary>
/// <param name="Item">The image.</param>
/// <param name="Predicted">The class with the highest score; the first of equals.</param>
/// <param name="Probability">The probability of that class.</param>
public sealed record JudgedImage(ImageItem Item, int Predicted, float Probability)
{
    /// <summary>Judges images by their probabilities <c>[images, classes]</c>.</summary>
    internal static JudgedImage[] All(IReadOnlyList<ImageItem> items, ReadOnlySpan<float> probabilities, int classes)
    {
        JudgedImage[] judged = new JudgedImage[items.Count];
        for (int i = 0; i < judged.Length; i++)
        {
            ReadOnlySpan<float> row = probabilities.Slice(i * classes, classes);
            int best = Probabilities.Best(row);
            judged[i] = new JudgedImage(items[i], best, row[best]);
        }

        return judged;
    }
}
