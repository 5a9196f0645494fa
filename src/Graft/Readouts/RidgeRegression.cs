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

    internal static RegressionFit Fit<T>(Operand<T> features, Matrix targets, RidgeRegressionOptions? options, CancellationToken cancellation)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(targets);
        options ??= new RidgeRegressionOptions();
        double[] weights = [.. options.RowWeights ?? []];
        var accumulator = new RidgeAccumulator(features.Columns, targets.Columns, options.Solver, options.Intercept);
        accumulator.Add(features, targets.Operand, weights, cancellation);
        return accumulator.Fit(options.Penalty ?? throw new GraftException("Give a penalty."), cancellation);
    }
}
