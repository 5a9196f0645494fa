namespace Graft.Readouts;

/// <summary>
/// Ridge regression onto one-hot classes, in closed form: the scores are least-squares estimates of the classes' probabilities, and sum to 1.
/// </summary>
/// <remarks>
/// <para>Minimizes sum_i w_i |y_i - W (x_i - m) / s - b|^2 + penalty |W|^2; the intercept b is not penalized. Hoerl and Kennard, Technometrics 12, 1970.</para>
/// <para>
/// Targets of -1 and 1 would give the same classes and twice the scores less one: one-hot is chosen because scores then read as probabilities. They may leave
/// [0, 1]; <see cref="TemperatureScaling"/> makes probabilities of them. A class without samples gets weights and bias 0 and never wins.
/// </para>
/// <para>
/// Cost: one Gram matrix of the smaller side m = min(rows, features), 4/3 m^3 operations for the choice of the penalty, and one Cholesky factorization.
/// </para>
/// </remarks>
public static class RidgeReadout
{
    /// <summary>Fits a readout.</summary>
    /// <param name="data">Features and labels.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="progress">Receives the finished part, 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">Fewer than two classes have samples, the penalty is lost in rounding, or the weights leave the range of float32.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static RidgeFit Fit(
        LabelledFeatures data, RidgeOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new RidgeOptions();
        data.RequireTwoClasses();
        var system = new RidgeSystem(data, options, cancellation);
        progress?.Report(0.2);

        PenaltyScore[] curve = [];
        double penalty = options.Penalty ?? 0;
        if (options.Penalty is null)
        {
            double[] grid = Grid(options, system.MeanEigenvalue);
            curve = options.Selection == PenaltySelection.Folds
                ? FoldScores(data, options, grid, progress, cancellation)
                : system.Generalized(grid, progress, cancellation);
            penalty = Best(curve);
        }

        RidgeFit fit = system.Fit(penalty, curve, cancellation);
        progress?.Report(1);
        return fit;
    }

    /// <summary>The penalty with the least score; the larger of equals, which is the simpler model.</summary>
    internal static double Best(IReadOnlyList<PenaltyScore> curve)
    {
        PenaltyScore best = curve[0];
        foreach (PenaltyScore point in curve)
        {
            if (point.Score <= best.Score)
                best = point;
        }

        return best.Penalty;
    }

    private static double[] Grid(RidgeOptions options, double unit)
    {
        if (options.SmallestPenalty >= options.LargestPenalty)
        {
            throw new GraftException(
                $"The smallest penalty must be below the largest; {options.SmallestPenalty} and {options.LargestPenalty} are not. Exchange them.");
        }

        double low = Math.Log(options.SmallestPenalty), high = Math.Log(options.LargestPenalty);
        return [.. Enumerable.Range(0, options.GridPoints).Select(i => unit * Math.Exp(low + (high - low) * i / (options.GridPoints - 1)))];
    }

    private static PenaltyScore[] FoldScores(
        LabelledFeatures data, RidgeOptions options, double[] grid, IProgress<double>? progress, CancellationToken cancellation)
    {
        int[] fold = Folds.Stratified(data, options.Folds, options.Seed);
        double[] weights = options.ClassWeights.ForRows(data), errors = new double[grid.Length];
        for (int f = 0; f < options.Folds; f++)
        {
            int[] inside = Folds.Rows(fold, f, inside: true), outside = Folds.Rows(fold, f, inside: false);
            LabelledFeatures train = data.Select(outside), held = data.Select(inside);

            // A penalty weighs against a sum over samples: fewer samples, proportionally less of it.
            double share = (double)outside.Length / data.Rows;
            double[] scaled = [.. grid.Select(penalty => penalty * share)];
            double[] heldWeights = [.. inside.Select(i => weights[i])];
            double[] part = new RidgeSystem(train, options, cancellation).Errors(held, heldWeights, scaled, cancellation);
            for (int p = 0; p < errors.Length; p++)
                errors[p] += part[p] / data.Rows / data.Classes;
            progress?.Report(0.2 + 0.6 * (f + 1) / options.Folds);
        }

        return [.. grid.Select((penalty, p) => new PenaltyScore(penalty, errors[p]))];
    }
}
