namespace Graft.Readouts;

/// <summary>Features with the class of each row: what a readout is trained on. Checked once, when made.</summary>
public sealed class LabelledFeatures
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
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        if ((long)labels.Length * dimension != features.Length)
        {
            throw new GraftException(
                $"Features and labels must have the same rows: {labels.Length} labels of {dimension} features make {(long)labels.Length * dimension} values, not {features.Length}.");
        }

        if (labels.Length < 2) throw new GraftException($"A readout needs at least 2 samples, not {labels.Length}. Add images.");

        counts = new int[classes];
        for (int i = 0; i < labels.Length; i++)
        {
            int label = labels.Span[i];
            if ((uint)label >= (uint)classes)
                throw new GraftException($"Labels count from 0 to {classes - 1}; the label of row {i} is {label}. Correct it, or raise the number of classes.");
            counts[label]++;
        }

        ReadOnlySpan<float> values = features.Span;
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                throw new GraftException(
                    $"Features must be finite; feature {i % dimension} of row {i / dimension} is {values[i]}. Check the image and the trunk that made it.");
            }
        }

        (Features, Dimension, this.labels, Classes) = (features, dimension, labels, classes);
    }

    // A part of what was checked before: it may have fewer than two rows.
    private LabelledFeatures(float[] features, int dimension, int[] labels, int[] counts)
    {
        (Features, Dimension, this.labels, Classes) = (features, dimension, labels, counts.Length);
        this.counts = counts;
    }

    /// <summary>The features, [rows, dimension].</summary>
    public ReadOnlyMemory<float> Features { get; }

    /// <summary>The number of features in a row.</summary>
    public int Dimension { get; }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The number of rows.</summary>
    public int Rows => labels.Length;

    /// <summary>The class of each row.</summary>
    public ReadOnlySpan<int> Labels => labels.Span;

    /// <summary>The number of rows of each class.</summary>
    public IReadOnlyList<int> Counts => counts;

    /// <summary>Some of the rows, copied, in the order given.</summary>
    public LabelledFeatures Select(ReadOnlySpan<int> rows)
    {
        float[] features = new float[rows.Length * Dimension];
        int[] selected = new int[rows.Length], selectedCounts = new int[Classes];
        for (int i = 0; i < rows.Length; i++)
        {
            Row(rows[i]).CopyTo(features.AsSpan(i * Dimension));
            selected[i] = Labels[rows[i]];
            selectedCounts[selected[i]]++;
        }

        return new(features, Dimension, selected, selectedCounts);
    }

    internal ReadOnlySpan<float> Row(int row) => Features.Span.Slice(row * Dimension, Dimension);

    internal void RequireTwoClasses()
    {
        int present = counts.Count(count => count > 0);
        if (present < 2)
            throw new GraftException($"A classifier needs samples of at least 2 classes; {present} of {Classes} has any. Add images of another class.");
    }
}
