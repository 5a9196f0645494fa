using Graft.Readouts;

namespace Graft.Vision.Checking;

/// <summary>Ranks labels by how much the other images dispute them.</summary>
/// <remarks>
/// Each image is judged by a ridge readout of all others (leaving one out, in closed form), whose scores are calibrated: predictions out of the sample, as in Northcutt, Jiang and Chuang 2021,
/// "Confident learning: estimating uncertainty in dataset labels". Copies of an image would vouch for its wrong label, or tell its right one: one of each group is learned from, and what is predicted for
/// it without it holds for all of the group.
/// </remarks>
internal abstract class LabelSuspects
{
    // Fewer images say nothing, whatever they are labelled with.
    private const int LeastForFolds = 20, Folds = 5;

    /// <summary>A label that is disputed.</summary>
    /// <param name="Label">What is disputed.</param>
    /// <param name="Suggested">What the others say.</param>
    /// <param name="Odds">How many times as probable that is.</param>
    internal sealed record Dispute(string Label, string Suggested, double Odds);

    /// <summary>How suspicious each image's label is.</summary>
    /// <param name="features">The features of the images: <c>[images, length]</c>.</param>
    /// <param name="length">The number of features of an image.</param>
    /// <param name="images">The images.</param>
    /// <param name="task">What they are labelled with.</param>
    /// <param name="classes">The names of the classes, labels or numbers.</param>
    /// <param name="groups">The first image of the group of each image.</param>
    /// <param name="threads">How many threads work; 0 is one for each processor.</param>
    /// <param name="notJudged">Why no label can be judged, in a sentence; null if they can.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>For each image what is most disputed of it; null where its label cannot be judged.</returns>
    public static Dispute?[] Judge(
        ReadOnlyMemory<float> features, int length, CheckedImage[] images, ModelTask task, IReadOnlyList<string> classes, int[] groups, int threads, out string? notJudged, CancellationToken cancellation)
    {
        LabelSuspects suspects = task switch
        {
            ModelTask.MultiLabel => new MultiLabelSuspects(classes),
            ModelTask.Regress => new NumberSuspects(),
            _ => new ClassSuspects(classes),
        };
        int[] learned = [.. Enumerable.Range(0, images.Length).Where(i => groups[i] == i)], rows = new int[images.Length];
        for (int row = 0; row < learned.Length; row++) rows[learned[row]] = row;
        CheckedImage[] firsts = [.. learned.Select(i => images[i])];
        notJudged = suspects.NotJudged(firsts);
        if (notJudged is not null) return new Dispute?[images.Length];

        // Where images are labelled with numbers, or with many labels, the least error of one image left out in turn has a penalty a little too small.
        RidgeOptions options = new() { Threads = threads };
        if (task != ModelTask.Classify && learned.Length >= LeastForFolds) options = options with { Selection = PenaltySelection.Folds, Folds = Folds };
        float[] scores = RidgeReadout.Fit(suspects.Data(Rows(features, length, learned), length, firsts), options, cancellation: cancellation).LeaveOneOutScores;
        suspects.Calibrate(scores, firsts);
        return [.. images.Select((image, i) => suspects.Judge(image, firsts[rows[groups[i]]], rows[groups[i]]))];
    }

    /// <summary>Why no label can be judged, in a sentence; null if they can.</summary>
    protected abstract string? NotJudged(CheckedImage[] learned);

    /// <summary>What is learned.</summary>
    protected abstract ReadoutData Data(ReadOnlyMemory<float> features, int length, CheckedImage[] learned);

    /// <summary>Makes probabilities of what is predicted for each image without it.</summary>
    protected abstract void Calibrate(float[] scores, CheckedImage[] learned);

    /// <summary>What is most disputed of an image; null where nothing can be said.</summary>
    /// <param name="image">The image.</param>
    /// <param name="learned">That of its group which was learned from.</param>
    /// <param name="row">The row of that one among all that were.</param>
    protected abstract Dispute? Judge(CheckedImage image, CheckedImage learned, int row);

    /// <summary>Targets, where all images have as many.</summary>
    protected static TargetFeatures Targets(ReadOnlyMemory<float> features, int length, CheckedImage[] learned, int outputs)
    {
        float[] targets = new float[learned.Length * outputs];
        for (int i = 0; i < learned.Length; i++) learned[i].Targets.CopyTo(targets.AsSpan(i * outputs));
        return new TargetFeatures(features, length, targets, outputs);
    }

    private static ReadOnlyMemory<float> Rows(ReadOnlyMemory<float> features, int length, int[] rows)
    {
        if (rows.Length * length == features.Length) return features;
        float[] values = new float[(long)rows.Length * length];
        for (int i = 0; i < rows.Length; i++) features.Slice(rows[i] * length, length).Span.CopyTo(values.AsSpan(i * length));
        return values;
    }
}
