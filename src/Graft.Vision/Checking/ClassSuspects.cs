using Graft.Readouts;

namespace Graft.Vision.Checking;

/// <summary>Images that others take for another class: how much more probable that class is than their own.</summary>
internal sealed class ClassSuspects(IReadOnlyList<string> classes) : LabelSuspects
{
    private readonly int[] counts = new int[classes.Count];
    private float[] probabilities = [];

    protected override string? NotJudged(CheckedImage[] learned)
    {
        foreach (CheckedImage image in learned) counts[image.Class]++;
        return counts.Count(count => count > 0) < 2
            ? $"All images are of one class{(learned.Length > 0 ? $", '{learned[0].Label}'" : "")}: no other could be the right one, and no label was judged."
            : counts.Count(count => count > 1) < 2
                ? "Labels are judged by the other images of their classes: that takes two classes with two different images each, and no label was judged."
                : null;
    }

    protected override ReadoutData Data(ReadOnlyMemory<float> features, int length, CheckedImage[] learned) =>
        new LabelledFeatures(features, length, learned.Select(image => image.Class).ToArray(), counts.Length);

    protected override void Calibrate(float[] scores, CheckedImage[] learned) =>
        probabilities = Probabilities.Softmax(scores, counts.Length, TemperatureScaling.Fit(scores, counts.Length, [.. learned.Select(image => image.Class)]).Temperature);

    protected override Dispute? Judge(CheckedImage image, CheckedImage learned, int row)
    {
        // Without its only image nothing is known of a class.
        int label = image.Class, others = counts[label] - (learned.Class == label ? 1 : 0), best = -1;
        if (others < 1) return null;
        ReadOnlySpan<float> own = probabilities.AsSpan(row * counts.Length, counts.Length);
        for (int c = 0; c < own.Length; c++)
        {
            if (c != label && counts[c] > 0 && (best < 0 || own[c] > own[best])) best = c;
        }

        return new Dispute(image.Label, classes[best], own[best] / Math.Max((double)own[label], float.Epsilon));
    }
}
