using Graft.Numerics;
using Graft.Threads;

namespace Graft.Readouts;

/// <summary>
/// Ridge regression in closed form. Onto one-hot classes the scores are least-squares estimates of the classes' probabilities, and sum to 1; onto other targets, of what these are expected to be.
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
    /// <param name="data">Features and labels, or other targets.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="progress">Receives the finished part, 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">Fewer than two classes have samples, the penalty is lost in rounding, or the weights leave the range of float32.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static RidgeFit Fit(
        ReadoutData data, RidgeOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new RidgeOptions();
        data.RequireVariety();
        Targets targets = new(data, options, cancellation);
        progress?.Report(0.2);
        PenaltyScore[] curve = options.Penalty is null ? Scores(targets, options, progress, cancellation) : [];
        RidgeFit fit = targets.Fit(options.Penalty ?? PenaltySearch.Best(curve), curve, cancellation);
        progress?.Report(1);
        return fit;
    }

    private static PenaltyScore[] Scores(Targets targets, RidgeOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        RidgeProblem problem = targets.Problem;
        ReadoutData data = targets.Data;
        double[] grid = PenaltySearch.Grid(problem.MeanSquare, options.SmallestPenalty, options.LargestPenalty, options.GridPoints);
        PenaltyScore[] curve;
        if (options.Selection == PenaltySelection.LeaveOneOut)
        {
            RidgePath path = problem.Path(PenaltySearch.Smallest(problem, options.SmallestPenalty), cancellation);
            progress?.Report(0.7);
            double[] penalties = [.. grid.Select(penalty => Math.Max(penalty, path.Smallest)).Distinct()];
            curve = targets.LeaveOneOut(path, penalties, cancellation);
        }
        else
        {
            // Each fold's others are standardized and weighted by themselves, as the readout will be.
            int[] fold = data.Fold(options.Folds, options.Seed);
            curve = PenaltySearch.FoldScores(grid, data.Rows, Enumerable.Range(0, options.Folds).Select(f =>
            {
                int[] inside = Folds.Rows(fold, f, inside: true), outside = Folds.Rows(fold, f, inside: false);
                return ((double)outside.Length / data.Rows, (Func<double[], double[]>)(scaled =>
                {
                    double[] errors = new Targets(data.Subset(outside), options, cancellation).Errors(data.Subset(inside), [.. inside.Select(i => targets.Weights[i])], scaled, cancellation);
                    progress?.Report(0.2 + (0.6 * (f + 1) / options.Folds));
                    return errors;
                }));
            }));
        }

        return [.. curve.Select(point => point with { Score = point.Score / data.Outputs })];
    }

    /// <summary>A regression onto targets.</summary>
    private sealed class Targets
    {
        private const int Chunk = 2048;

        private readonly WorkerPool pool;
        private readonly Standardization standardization;

        public Targets(ReadoutData data, RidgeOptions options, CancellationToken cancellation)
        {
            pool = WorkerPool.Shared(options.Threads);
            (Data, Weights) = (data, data.Weights(options.ClassWeights));
            standardization = Standardization.Measure(data, Weights, options.Standardize, pool);

            // A little beyond square the features' products would find the residual of a near-interpolation by cancellation.
            Problem = new(data.Dimension, data.Outputs, data.Rows <= 1.25 * data.Dimension ? RidgeSolver.Dual : RidgeSolver.Gram, Intercept.Free, options.Threads);
            foreach ((int first, Matrix rows, Matrix targets) in Chunks(data))
                Problem.Add(rows, targets, Weights.AsSpan(first, rows.Rows), cancellation);
        }

        public ReadoutData Data { get; }

        public double[] Weights { get; }

        public RidgeProblem Problem { get; }

        /// <summary>The summed, weighted squared errors of each penalty on other rows.</summary>
        public double[] Errors(ReadoutData held, double[] weights, double[] penalties, CancellationToken cancellation)
        {
            RidgePath path = Problem.Path(penalties[0], cancellation);
            double[] errors = new double[penalties.Length];
            foreach ((int first, Matrix rows, Matrix targets) in Chunks(held))
                VectorMath.AddScaled(1, path.SquaredErrors(rows.Operand, targets.Operand, penalties, weights.AsSpan(first, rows.Rows)), errors);
            return errors;
        }

        /// <summary>The mean squared error of each penalty on every row, by the fit to all others.</summary>
        public PenaltyScore[] LeaveOneOut(RidgePath path, double[] penalties, CancellationToken cancellation)
        {
            RidgePath.LeftOut left = new(path, penalties);
            foreach ((int first, Matrix rows, Matrix targets) in Chunks(Data))
                left.Add(first, rows.Operand, targets.Operand, Weights.AsSpan(first, rows.Rows), cancellation);
            return left.Scores();
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
            float[] leaveOneOut = new float[(long)Data.Rows * Data.Outputs];
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
                    for (int c = 0; c < Data.Outputs; c++)
                        leaveOneOut[((first + i) * Data.Outputs) + c] = (float)(targets[i, c] - ((targets[i, c] - fitted[i, c]) / left));
                }
            }

            Matrix weights = map.Weights.Transpose();
            standardization.Undo(weights, map.Bias);
            return new(LinearReadout.From(weights, map.Bias), penalty, curve, freedom, leaveOneOut);
        }

        private IEnumerable<(int First, Matrix Rows, Matrix Targets)> Chunks(ReadoutData data)
        {
            for (int first = 0; first < data.Rows; first += Chunk)
            {
                int count = Math.Min(Chunk, data.Rows - first);
                Matrix targets = new(count, data.Outputs);
                for (int i = 0; i < count; i++) data.Target(first + i, targets.Row(i));
                yield return (first, standardization.Apply(data, first, count, pool), targets);
            }
        }
    }
}
