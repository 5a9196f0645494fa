using Graft.Readouts;

namespace Graft.Vision.Checking;

/// <summary>Ranks labels by how much the other images dispute them.</summary>
/// <remarks>
/// Each image is judged by a ridge readout of all others (leaving one out, in closed form), whose scores are calibrated: predictions out of the sample, as in Northcutt, Jiang and Chuang 2021,
/// "Confident learning: estimating uncertainty in dataset labels". Copies of an image would vouch for its wrong label, or tell its right one: one of each group is learned from, and what is predicted for
/// it without it holds for all of the group.
/// </remarks>
internal static class LabelSuspects
{
    /// <summary>How suspicious each image's label is.</summary>
    /// <param name="features">The features of the images: <c>[images, length]</c>.</param>
    /// <param name="length">The number of features of an image.</param>
    /// <param name="labels">The class of each image.</param>
    /// <param name="classes">The names of the classes.</param>
    /// <param name="groups">The first image of the group of each image.</param>
    /// <param name="threads">How many threads work; 0 is one for each processor.</param>
    /// <param name="notJudged">Why no label can be judged, in a sentence; null if they can.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>For each image the most probable of the other classes and the odds of it against the label; -1 where the label cannot be judged.</returns>
    public static (int Suggested, double Odds)[] Judge(
        ReadOnlyMemory<float> features, int length, int[] labels, IReadOnlyList<string> classes, int[] groups, int threads, out string? notJudged, CancellationToken cancellation)
    {
        (int Suggested, double Odds)[] judged = new (int, double)[labels.Length];
        Array.Fill(judged, (-1, 0));
        int[] learned = [.. Enumerable.Range(0, labels.Length).Where(i => groups[i] == i)], counts = new int[classes.Count];
        foreach (int i in learned) counts[labels[i]]++;
        notJudged = counts.Count(count => count > 0) < 2
            ? $"All images are of one class{(learned.Length > 0 ? $", '{classes[labels[0]]}'" : "")}: no other could be the right one, and no label was judged."
            : counts.Count(count => count > 1) < 2
                ? "Labels are judged by the other images of their classes: that takes two classes with two different images each, and no label was judged."
                : null;
        if (notJudged is not null) return judged;

        LabelledFeatures data = new(Rows(features, length, learned), length, learned.Select(i => labels[i]).ToArray(), classes.Count);
        float[] scores = RidgeReadout.Fit(data, new RidgeOptions { Threads = threads }, cancellation: cancellation).LeaveOneOutScores;
        float[] probabilities = Probabilities.Softmax(scores, classes.Count, TemperatureScaling.Fit(scores, classes.Count, data.Labels).Temperature);
        int[] rows = new int[labels.Length];
        for (int row = 0; row < learned.Length; row++) rows[learned[row]] = row;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = probabilities.AsSpan(rows[groups[i]] * classes.Count, classes.Count);

            // Without its only image nothing is known of a class.
            int label = labels[i], others = counts[label] - (labels[groups[i]] == label ? 1 : 0), best = -1;
            if (others < 1) continue;
            for (int c = 0; c < row.Length; c++)
            {
                if (c != label && counts[c] > 0 && (best < 0 || row[c] > row[best])) best = c;
            }

            judged[i] = (best, row[best] / Math.Max((double)row[label], float.Epsilon));
        }

        return judged;
    }

    private static ReadOnlyMemory<float> Rows(ReadOnlyMemory<float> features, int length, int[] rows)
    {
        if (rows.Length * length == features.Length) return features;
        float[] values = new float[(long)rows.Length * length];
        for (int i = 0; i < rows.Length; i++) features.Slice(rows[i] * length, length).Span.CopyTo(values.AsSpan(i * length));
        return values;
    }
}
