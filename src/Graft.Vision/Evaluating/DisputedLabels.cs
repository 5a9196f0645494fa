using Graft.Readouts;

namespace Graft.Vision.Evaluating;

/// <summary>Finds labels that may be wrong: those that a readout disputes which learned from all images but the one that it judges.</summary>
internal static class DisputedLabels
{
    // A class disputes a label where it is so many times as probable: fewer would list what is merely hard to tell.
    private const float Odds = 20;

    // More are no list of slips but another way to name the classes.
    private const int Most = 200;

    /// <summary>The images whose labels are disputed, the most disputed first, with what is said instead and how probable that is.</summary>
    /// <param name="items">The images that were learned from.</param>
    /// <param name="leaveOneOut">The scores of each by the readout of all the others: <c>[images, classes]</c>.</param>
    /// <param name="classes">The number of classes.</param>
    public static JudgedImage[] Find(IReadOnlyList<ImageItem> items, float[] leaveOneOut, int classes)
    {
        int[] labels = [.. items.Select(item => item.Label)], images = new int[classes];
        foreach (int label in labels) images[label]++;
        float[] probabilities = Probabilities.Softmax(leaveOneOut, classes, TemperatureScaling.Fit(leaveOneOut, classes, labels).Temperature);
        return
        [
            .. JudgedImage.All(items, probabilities, classes)
                .Select((judged, i) => (judged, odds: judged.Probability / Math.Max(probabilities[(i * classes) + judged.Item.Label], float.Epsilon)))
                // Without its only image nothing is known of a class.
                .Where(dispute => dispute.odds >= Odds && images[dispute.judged.Item.Label] > 1)
                .OrderByDescending(dispute => dispute.odds)
                .ThenBy(dispute => dispute.judged.Item.RelativePath, StringComparer.Ordinal)
                .Take(Most)
                .Select(dispute => dispute.judged),
        ];
    }
}
