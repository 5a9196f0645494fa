namespace Graft.Readouts;

/// <summary>Features with what a readout should say of each row: what it is trained on. Checked once, when made.</summary>
public abstract class ReadoutData
{
    private protected ReadoutData(ReadOnlyMemory<float> features, int dimension, int rows, int outputs, bool isChecked)
    {
        (Features, Dimension, Rows, Outputs) = (features, dimension, rows, outputs);
        if (isChecked) return;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        if ((long)rows * dimension != features.Length)
        {
            throw new GraftException(
                $"Features and labels must have the same rows: {rows} labels of {dimension} features make {(long)rows * dimension} values, not {features.Length}.");
        }

        if (rows < 2) throw new GraftException($"A readout needs at least 2 samples, not {rows}. Add images.");
        ReadOnlySpan<float> values = features.Span;
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                throw new GraftException(
                    $"Features must be finite; feature {i % dimension} of row {i / dimension} is {values[i]}. Check the image and the trunk that made it.");
            }
        }
    }

    /// <summary>The features, [rows, dimension].</summary>
    public ReadOnlyMemory<float> Features { get; }

    /// <summary>The number of features in a row.</summary>
    public int Dimension { get; }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>How many numbers a readout gives for a row.</summary>
    public int Outputs { get; }

    /// <summary>Writes what a row should give, one number for each output.</summary>
    internal abstract void Target(int row, Span<double> target);

    /// <summary>How much each row counts; their mean is 1.</summary>
    internal abstract double[] Weights(ClassWeights weights);

    /// <summary>The fold of each row, from 0: folds are alike, and differ by one row at most.</summary>
    internal abstract int[] Fold(int folds, ulong seed);

    /// <summary>Makes sure that there is something to learn.</summary>
    internal abstract void RequireVariety();

    /// <summary>Some of the rows, copied, in the order given.</summary>
    internal abstract ReadoutData Subset(ReadOnlySpan<int> rows);

    internal ReadOnlySpan<float> Row(int row) => Features.Span.Slice(row * Dimension, Dimension);

    private protected float[] Gather(ReadOnlySpan<int> rows)
    {
        float[] features = new float[rows.Length * Dimension];
        for (int i = 0; i < rows.Length; i++) Row(rows[i]).CopyTo(features.AsSpan(i * Dimension));
        return features;
    }
}
