using Graft.Numerics;

namespace Graft.Readouts;

/// <summary>Multinomial logistic regression with a squared penalty on the weights (not on the intercept), by L-BFGS in float64.</summary>
/// <remarks>
/// Minimizes mean_i w_i (log sum_c exp z_ic - z_i,y) + penalty / 2 |W|^2 with z = W (x - m) / s + b. Without a penalty on the intercept the biases are
/// determined up to a common constant; started at zero they sum to zero. A class without samples gets a bias that falls towards minus infinity,
/// stopped by the tolerance.
/// </remarks>
public static class LogisticReadout
{
    /// <summary>Fits a readout.</summary>
    /// <param name="data">Features and labels.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="progress">Receives the finished part, 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">Fewer than two classes have samples, the warm start has other sizes, or the weights leave the range of float32.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static LogisticFit Fit(
        LabelledFeatures data, LogisticOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new LogisticOptions();
        data.RequireTwoClasses();
        if (options.WarmStart is { } start && (start.Classes != data.Classes || start.Dimension != data.Dimension))
        {
            throw new GraftException(
                $"A warm start has the sizes of the data: {data.Classes} classes of {data.Dimension} features, not {start.Classes} of {start.Dimension}.");
        }

        PenaltyScore[] curve = options.Penalty is null ? FoldScores(data, options, progress, cancellation) : [];
        double penalty = options.Penalty ?? RidgeReadout.Best(curve);
        double done = curve.Length > 0 ? 0.8 : 0;
        LogisticFit fit = Minimize(data, options, penalty, options.WarmStart, share => progress?.Report(done + (1 - done) * share), cancellation);
        progress?.Report(1);
        return fit with { Curve = curve };
    }

    private static LogisticFit Minimize(
        LabelledFeatures data, LogisticOptions options, double penalty, LinearReadout? start, Action<double>? progress, CancellationToken cancellation)
    {
        double[] weights = options.ClassWeights.ForRows(data);
        var objective = new LogisticObjective(data, weights, Standardization.Measure(data, weights, options.Standardize), penalty);
        double[] point = start is null ? new double[objective.Size] : objective.Pack(start);
        Lbfgs.Result result = Lbfgs.Minimize(
            objective.Evaluate, point, options.Tolerance, options.MostIterations, i => progress?.Invoke((double)i / options.MostIterations), cancellation);
        (Matrix raw, double[] bias) = objective.Unpack(point);
        return new(LinearReadout.From(raw, bias), penalty, [], result.Value, result.GradientNorm, result.Iterations, result.Converged);
    }

    // From the largest penalty to the smallest, each started where the last one ended.
    private static PenaltyScore[] FoldScores(LabelledFeatures data, LogisticOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        if (options.SmallestPenalty >= options.LargestPenalty)
        {
            throw new GraftException(
                $"The smallest penalty must be below the largest; {options.SmallestPenalty} and {options.LargestPenalty} are not. Exchange them.");
        }

        double low = Math.Log(options.SmallestPenalty), high = Math.Log(options.LargestPenalty);
        double[] grid = [.. Enumerable.Range(0, options.GridPoints).Select(i => Math.Exp(low + (high - low) * i / (options.GridPoints - 1)))];
        double[] scores = new double[grid.Length], weights = options.ClassWeights.ForRows(data);
        int[] fold = Folds.Stratified(data, options.Folds, options.Seed);
        for (int f = 0; f < options.Folds; f++)
        {
            int[] inside = Folds.Rows(fold, f, inside: true);
            LabelledFeatures train = data.Select(Folds.Rows(fold, f, inside: false)), held = data.Select(inside);
            LinearReadout? last = null;
            for (int p = grid.Length - 1; p >= 0; p--)
            {
                last = Minimize(train, options, grid[p], last, null, cancellation).Readout;
                float[] logits = last.Score(held.Features);
                for (int i = 0; i < inside.Length; i++)
                {
                    ReadOnlySpan<float> row = logits.AsSpan(i * data.Classes, data.Classes);
                    scores[p] -= weights[inside[i]] / data.Rows * Probabilities.LogSoftmax(row, held.Labels[i]);
                }

                progress?.Report(0.8 * (f + (double)(grid.Length - p) / grid.Length) / options.Folds);
            }
        }

        return [.. grid.Select((penalty, p) => new PenaltyScore(penalty, scores[p]))];
    }
}
