using Graft.Numerics;
using Graft.Threads;

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
/// A <see cref="RidgeProblem"/> with standardized features, weights of rows for weights of classes, and the solver that suits the sizes. Cost: one Gram matrix of the smaller side
/// m = min(rows, features), 4/3 m^3 operations for the choice of the penalty, and one Cholesky factorization.
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
        Classes classes = new(data, options, cancellation);
        progress?.Report(0.2);
        PenaltyScore[] curve = options.Penalty is null ? Scores(classes, options, progress, cancellation) : [];
        RidgeFit fit = classes.Fit(options.Penalty ?? PenaltySearch.Best(curve), curve, cancellation);
        progress?.Report(1);
        return fit;
    }

    private static PenaltyScore[] Scores(Classes classes, RidgeOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        RidgeProblem problem = classes.Problem;
        LabelledFeatures data = classes.Data;
        double[] grid = PenaltySearch.Grid(problem.MeanSquare, options.SmallestPenalty, options.LargestPenalty, options.GridPoints);
        PenaltyScore[] curve;
        if (options.Selection == PenaltySelection.Generalized)
        {
            RidgePath path = problem.Path(PenaltySearch.Smallest(problem, options.SmallestPenalty), cancellation);
            progress?.Report(0.7);
            curve = path.Generalized([.. grid.Select(penalty => Math.Max(penalty, path.Smallest)).Distinct()]);
        }
        else
        {
            // Each fold's others are standardized and weighted by themselves, as the readout will be.
            int[] fold = Folds.Stratified(data, options.Folds, options.Seed);
            curve = PenaltySearch.FoldScores(grid, data.Rows, Enumerable.Range(0, options.Folds).Select(f =>
            {
                int[] inside = Folds.Rows(fold, f, inside: true), outside = Folds.Rows(fold, f, inside: false);
                return ((double)outside.Length / data.Rows, (Func<double[], double[]>)(scaled =>
                {
                    double[] errors = new Classes(data.Select(outside), options, cancellation).Errors(data.Select(inside), [.. inside.Select(i => classes.Weights[i])], scaled, cancellation);
                    progress?.Report(0.2 + (0.6 * (f + 1) / options.Folds));
                    return errors;
                }));
            }));
        }

        return [.. curve.Select(point => point with { Score = point.Score / data.Classes })];
    }

    /// <summary>Labelled features as a regression onto one-hot targets.</summary>
    private sealed class Classes
    {
        private const int Chunk = 2048;

        private readonly WorkerPool pool;
        private readonly Standardization standardization;

        public Classes(LabelledFeatures data, RidgeOptions options, CancellationToken cancellation)
        {
            pool = WorkerPool.Shared(options.Threads);
            (Data, Weights) = (data, options.ClassWeights.ForRows(data));
            standardization = Standardization.Measure(data, Weights, options.Standardize, pool);

            // A little beyond square the features' products would find the residual of a near-interpolation by cancellation.
            Problem = new(data.Dimension, data.Classes, data.Rows <= 1.25 * data.Dimension ? RidgeSolver.Dual : RidgeSolver.Gram, Intercept.Free, options.Threads);
            foreach ((int first, Matrix rows, Matrix targets) in Chunks(data))
                Problem.Add(rows, targets, Weights.AsSpan(first, rows.Rows), cancellation);
        }

        public LabelledFeatures Data { get; }

        public double[] Weights { get; }

        public RidgeProblem Problem { get; }

        /// <summary>The summed, weighted squared errors of each penalty on other rows.</summary>
        public double[] Errors(LabelledFeatures held, double[] weights, double[] penalties, CancellationToken cancellation)
        {
            RidgePath path = Problem.Path(penalties[0], cancellation);
            double[] errors = new double[penalties.Length];
            foreach ((int first, Matrix rows, Matrix targets) in Chunks(held))
                VectorMath.AddScaled(1, path.SquaredErrors(rows.Operand, targets.Operand, penalties, weights.AsSpan(first, rows.Rows)), errors);
            return errors;
        }

        public RidgeFit Fit(double penalty, PenaltyScore[] curve, CancellationToken cancellation)
        {
            RidgeFactor factor;
            try
            {
                factor = Problem.Factor(penalty, cancellation);
            }
            catch (GraftException cause)
            {
                throw new GraftException(
                    $"The penalty {penalty:g3} is too small for these features: with it the normal equations are singular to working precision. Choose a larger one.", cause);
            }

            LinearMap map = Problem.Result(factor, penalty, curve).Map;
            float[] leaveOneOut = new float[(long)Data.Rows * Data.Classes];
            double freedom = 0;
            foreach ((int first, Matrix rows, Matrix targets) in Chunks(Data))
            {
                cancellation.ThrowIfCancellationRequested();
                double[] leverages = factor.Leverages(first, rows.Operand, Weights.AsSpan(first, rows.Rows));
                Matrix fitted = map.Apply(rows.Operand, pool);
                for (int i = 0; i < rows.Rows; i++)
                {
                    freedom += leverages[i];

                    // y_i - (y_i - f_i) / (1 - h_i): exact for this penalty, means and weights, with the standard deviations held.
                    double left = Math.Max(1 - leverages[i], 1e-10);
                    for (int c = 0; c < Data.Classes; c++)
                        leaveOneOut[((first + i) * Data.Classes) + c] = (float)(targets[i, c] - ((targets[i, c] - fitted[i, c]) / left));
                }
            }

            Matrix weights = map.Weights.Transpose();
            standardization.Undo(weights, map.Bias);
            return new(LinearReadout.From(weights, map.Bias), penalty, curve, freedom, leaveOneOut);
        }

        private IEnumerable<(int First, Matrix Rows, Matrix Targets)> Chunks(LabelledFeatures data)
        {
            for (int first = 0; first < data.Rows; first += Chunk)
            {
                int count = Math.Min(Chunk, data.Rows - first);
                Matrix targets = new(count, data.Classes);
                for (int i = 0; i < count; i++) targets[i, data.Labels[first + i]] = 1;
                yield return (first, standardization.Apply(data, first, count, pool), targets);
            }
        }
    }
}
