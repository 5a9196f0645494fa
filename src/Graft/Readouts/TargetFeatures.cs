using Graft.Numerics;

namespace Graft.Readouts;

/// <summary>Features with numbers for each row: labels that are there (1) or not (0), or measured values. Checked once, when made.</summary>
public sealed class TargetFeatures : ReadoutData
{
    private readonly ReadOnlyMemory<float> targets;

    /// <summary>Takes features and targets, which it keeps and does not copy.</summary>
    /// <param name="features">[rows, dimension], row-major.</param>
    /// <param name="dimension">The number of features in a row.</param>
    /// <param name="targets">[rows, outputs], row-major.</param>
    /// <param name="outputs">The number of targets in a row.</param>
    /// <exception cref="GraftException">A feature or a target is not finite, the sizes do not fit, or there are fewer than two rows.</exception>
    public TargetFeatures(ReadOnlyMemory<float> features, int dimension, ReadOnlyMemory<float> targets, int outputs)
        : base(features, dimension, targets.Length / Math.Max(1, outputs), outputs, isChecked: false)
    {
        if (targets.Length % outputs != 0) throw new GraftException($"Targets come as rows of {outputs}; {targets.Length} are no whole rows.");
        ReadOnlySpan<float> values = targets.Span;
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i])) throw new GraftException($"Targets must be finite; number {i % outputs} of row {i / outputs} is {values[i]}. Correct it, or leave the row out.");
        }

        this.targets = targets;
    }

    private TargetFeatures(float[] features, int dimension, float[] targets, int outputs)
        : base(features, dimension, targets.Length / outputs, outputs, isChecked: true) => this.targets = targets;

    /// <summary>The targets, [rows, outputs].</summary>
    public ReadOnlySpan<float> Targets => targets.Span;

    internal override ReadoutData Subset(ReadOnlySpan<int> rows)
    {
        float[] selected = new float[rows.Length * Outputs];
        for (int i = 0; i < rows.Length; i++) Targets.Slice(rows[i] * Outputs, Outputs).CopyTo(selected.AsSpan(i * Outputs));
        return new TargetFeatures(Gather(rows), Dimension, selected, Outputs);
    }

    internal override void Target(int row, Span<double> target)
    {
        for (int c = 0; c < target.Length; c++) target[c] = Targets[(row * Outputs) + c];
    }

    internal override double[] Weights(ClassWeights weights)
    {
        double[] rows = new double[Rows];
        Array.Fill(rows, 1);
        return rows;
    }

    internal override int[] Fold(int folds, ulong seed)
    {
        if (folds > Rows) throw new GraftException($"There are {Rows} samples, too few for {folds} folds. Use at most {Rows} folds, or leave-one-out.");
        int[] order = [.. Enumerable.Range(0, Rows)], fold = new int[Rows];
        new Philox(seed, 0).Shuffle(order.AsSpan());
        for (int i = 0; i < order.Length; i++) fold[order[i]] = i % folds;
        return fold;
    }

    internal override void RequireVariety()
    {
        for (int i = Outputs; i < Targets.Length; i++)
        {
            if (Targets[i] != Targets[i % Outputs]) return;
        }

        throw new GraftException("There is nothing to learn: every image has the same numbers. Add images with others.");
    }
}
