using Graft.Readouts;

namespace Graft.Vision.Checking;

/// <summary>
/// Images that have a label which others would not give them, or lack one which they would: of each image the label that is disputed most. That nearly all
/// images have a label says nothing by itself against one that lacks it: where the image adds little to how frequent the label is, its odds are what it adds.
/// </summary>
internal sealed class MultiLabelSuspects(IReadOnlyList<string> names) : LabelSuspects
{
    // The logarithm of 3.
    private const double LeastAdded = 1.1;

    private readonly int[] counts = new int[names.Count];
    private readonly double[] priors = new double[names.Count];
    private double[] logits = [];
    private int images;

    protected override string? NotJudged(CheckedImage[] learned)
    {
        images = learned.Length;
        foreach (CheckedImage image in learned)
        {
            for (int k = 0; k < image.Targets.Length; k++) counts[k] += image.Targets[k] > 0 ? 1 : 0;
        }

        return Array.Exists(counts, count => count > 1 && count < images - 1) ? null : "Labels are judged by the other images with and without them: that takes a label that two images have and two lack, and no label was judged.";
    }

    protected override ReadoutData Data(ReadOnlyMemory<float> features, int length, CheckedImage[] learned) => Targets(features, length, learned, counts.Length);

    protected override void Calibrate(float[] scores, CheckedImage[] learned)
    {
        logits = new double[scores.Length];
        for (int k = 0; k < counts.Length; k++)
        {
            float[] own = new float[learned.Length];
            for (int i = 0; i < own.Length; i++) own[i] = scores[(i * counts.Length) + k];
            PlattScaling scaling = PlattScaling.Fit(own, [.. learned.Select(image => Has(image, k))]);
            priors[k] = Math.Log((counts[k] + 1.0) / (images - counts[k] + 1.0));
            for (int i = 0; i < own.Length; i++) logits[(i * counts.Length) + k] = (scaling.Slope * own[i]) + scaling.Offset;
        }
    }

    protected override Dispute? Judge(CheckedImage image, CheckedImage learned, int row)
    {
        Dispute? worst = null;
        for (int k = 0; k < counts.Length; k++)
        {
            // Nothing is known of what no other image has, or none lacks.
            bool has = Has(image, k);
            int others = counts[k] - (Has(learned, k) ? 1 : 0);
            if (others == 0 || others == images - 1) continue;
            double against = (has ? -1 : 1) * logits[(row * counts.Length) + k], added = against - ((has ? -1 : 1) * priors[k]);
            double odds = Math.Exp(Math.Clamp(added < LeastAdded ? Math.Min(against, added) : against, -700, 700));
            if (worst is null || odds > worst.Odds) worst = has ? new Dispute(names[k], $"no {names[k]}", odds) : new Dispute($"no {names[k]}", names[k], odds);
        }

        return worst;
    }

    private static bool Has(CheckedImage image, int label) => label < image.Targets.Length && image.Targets[label] > 0;
}
