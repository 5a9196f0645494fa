using Graft.Numerics;

namespace Graft.Readouts;

/// <summary>
/// Ridge regression in float64 onto any number of outputs: what reads a reservoir's states, and any other regression on fixed features.
/// </summary>
/// <remarks>Minimizes sum_i w_i |y_i - W^T x_i - b|^2 + penalty |W|^2. Hoerl and Kennard, Technometrics 12, 1970.</remarks>
public static class RidgeRegression
{
    /// <summary>Fits a readout.</summary>
    /// <param name="features">[rows, features].</param>
    /// <param name="targets">[rows, outputs].</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The rows do not match, a value is not finite, or the features depend on each other and no penalty tells them apart.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static RegressionFit Fit(Matrix features, Matrix targets, RidgeRegressionOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        return Fit(features.Operand, targets, options, cancellation);
    }

    /// <summary>Fits a readout to float32 features, without a copy of them in float64.</summary>
    /// <param name="features">[rows, dimension], row-major.</param>
    /// <param name="dimension">The number of features.</param>
    /// <param name="targets">[rows, outputs].</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The rows do not match, a value is not finite, or the features depend on each other and no penalty tells them apart.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static RegressionFit Fit(
        ReadOnlyMemory<float> features, int dimension, Matrix targets, RidgeRegressionOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        if (features.Length % dimension != 0)
            throw new GraftException($"Features come as rows of {dimension} values; {features.Length} values are not whole rows.");
        return Fit(new Operand<float>(features, features.Length / dimension, dimension, dimension, 1), targets, options, cancellation);
    }

    /// <summary>Fits a readout with the penalty that does best on rows held out by the caller.</summary>
    /// <param name="features">[rows, features].</param>
    /// <param name="targets">[rows, outputs].</param>
    /// <param name="validationFeatures">[validation rows, features].</param>
    /// <param name="validationTargets">[validation rows, outputs].</param>
    /// <param name="options">Options; null for the defaults. Its choice of a penalty is not used.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The rows do not match, a value is not finite, or the features depend on each other and no penalty tells them apart.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static RegressionFit FitValidated(
        Matrix features, Matrix targets, Matrix validationFeatures, Matrix validationTargets, RidgeRegressionOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(validationFeatures);
        ArgumentNullException.ThrowIfNull(validationTargets);
        options ??= new RidgeRegressionOptions();
        RidgePath path = Path(features, targets, options, cancellation);
        return PenaltySearch.Best(path, path.Errors(validationFeatures, validationTargets, PenaltySearch.Penalties(path, options)));
    }

    /// <summary>Prepares to solve for many penalties: what a search of one's own (by free-running error, say) starts from.</summary>
    /// <param name="features">[rows, features].</param>
    /// <param name="targets">[rows, outputs].</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The rows do not match, or a value is not finite.</exception>
    internal static RidgePath Path(Matrix features, Matrix targets, RidgeRegressionOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        options ??= new RidgeRegressionOptions();
        RidgeProblem problem = Problem(features.Operand, targets.Operand, [.. options.RowWeights ?? []], options, cancellation);
        return PenaltySearch.Path(problem, options, cancellation);
    }

    internal static RegressionFit Fit<T>(Operand<T> features, Matrix targets, RidgeRegressionOptions? options, CancellationToken cancellation)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(targets);
        options ??= new RidgeRegressionOptions();
        double[] weights = [.. options.RowWeights ?? []];
        if (options.Penalty is null) return PenaltySearch.Fit(features, targets.Operand, weights, options, cancellation);
        RidgeProblem problem = Problem(features, targets.Operand, weights, options, cancellation);
        return problem.Fit(options.Penalty.Value, cancellation);
    }

    internal static RidgeProblem Problem<T>(
        Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, RidgeRegressionOptions options, CancellationToken cancellation)
        where T : unmanaged
    {
        if (features.Rows == 0 || features.Columns == 0 || targets.Columns == 0)
        {
            throw new GraftException(
                $"A ridge regression needs at least one row, feature and output; [{features.Rows}, {features.Columns}] and [{targets.Rows}, {targets.Columns}] have none. " +
                "Give a longer series, or a shorter washout.");
        }

        RidgeProblem problem = new(features.Columns, targets.Columns, options.Solver, options.Intercept, options.Threads);
        problem.Add(features, targets, weights, cancellation);
        return problem;
    }
}
