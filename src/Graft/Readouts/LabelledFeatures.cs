namespace Graft.Readouts;

/// <summary>Features with the class of each row. Checked once, when made.</summary>
public sealed class LabelledFeatures : ReadoutData
{
    private readonly ReadOnlyMemory<int> labels;
    private readonly int[] counts;

    /// <summary>Takes features and labels, which it keeps and does not copy.</summary>
    /// <param name="features">[rows, dimension], row-major.</param>
    /// <param name="dimension">The number of features in a row.</param>
    /// <param name="labels">One class a row, from 0.</param>
    /// <param name="classes">The number of classes; some may have no rows.</param>
    /// <exception cref="GraftException">
    /// A feature is not finite, a label is out of range, the sizes do not fit, or there are fewer than two rows.
    /// </exception>
    public LabelledFeatures(ReadOnlyMemory<float> features, int dimension, ReadOnlyMemory<int> labels, int classes)
        : base(features, dimension, labels.Length, classes, isChecked: false)
    {
        counts = new int[classes];
        for (int i = 0; i < labels.Length; i++)
        {
            int label = labels.Span[i];
            if ((uint)label >= (uint)classes)
                throw new GraftException($"Labels count from 0 to {classes - 1}; the label of row {i} is {label}. Correct it, or raise the number of classes.");
            counts[label]++;
        }

        this.labels = labels;
    }

    // A part of what was checked before: it may have fewer than two rows.
    private LabelledFeatures(float[] features, int dimension, int[] labels, int[] counts)
        : base(features, dimension, labels.Length, counts.Length, isChecked: true) => (this.labels, this.counts) = (labels, counts);

    /// <summary>The number of classes.</summary>
    public int Classes => Outputs;

    /// <summary>The class of each row.</summary>
    public ReadOnlySpan<int> Labels => labels.Span;

    /// <summary>The number of rows of each class.</summary>
    public IReadOnlyList<int> Counts => counts;

    /// <summary>Some of the rows, copied, in the order given.</summary>
    public LabelledFeatures Select(ReadOnlySpan<int> rows)
    {
        int[] selected = new int[rows.Length], selectedCounts = new int[Classes];
        for (int i = 0; i < rows.Length; i++)
        {
            selected[i] = Labels[rows[i]];
            selectedCounts[selected[i]]++;
        }

        return new(Gather(rows), Dimension, selected, selectedCounts);
    }

    internal override ReadoutData Subset(ReadOnlySpan<int> rows) => Select(rows);

    internal override void Target(int row, Span<double> target)
    {
        target.Clear();
        target[Labels[row]] = 1;
    }

    internal override double[] Weights(ClassWeights weights) => weights.ForRows(this);

    internal override int[] Fold(int folds, ulong seed) => Folds.Stratified(this, folds, seed);

    internal override void RequireVariety()
    {
        int present = counts.Count(count => count > 0);
        if (present < 2)
            throw new GraftException($"A classifier needs samples of at least 2 classes; {present} of {Classes} has any. Add images of another class.");
    }
}
