using Graft.Numerics;

namespace Graft.Readouts;

/// <summary>
/// Ridge regressions on the same rows for any number of penalties, from one reduction: after it a penalty costs as much as a walk through two vectors.
/// </summary>
/// <remarks>
/// <para>
/// By <see cref="RidgeSolver.QR"/> nothing is squared, so that penalties near the rounding errors of the features are as exact as by a QR factorization of their own. All others reduce
/// products.
/// </para>
/// <para>
/// Criteria are infinite where fits pass through every row: the freedom that is left over is then rounding, and what it divides says nothing of other rows. (The largest of equally good
/// penalties is chosen, so that a curve that is infinite everywhere ends at the simplest model.)
/// </para>
/// </remarks>
internal sealed class RidgePath
{
    // The share of the rows' freedom that must be left over for an error on rows left out to stand out from rounding: with more features than rows almost none is
    // left at small penalties, where fits pass through every row.
    private const double SmallestFreedom = 1e-9;

    private readonly RidgeProblem problem;
    private readonly RidgeReduction reduction;
    private readonly long rows;
    private readonly double totalWeight;

    internal RidgePath(RidgeProblem problem, RidgeReduction reduction, double smallest)
    {
        (this.problem, this.reduction, Smallest) = (problem, reduction, smallest);
        (rows, totalWeight, MeanSquaredSingularValue) = (problem.Rows, problem.TotalWeight, problem.MeanSquare);
        if (smallest > 0) At(smallest);
    }

    /// <summary>The smallest penalty that can be asked for: above 0 where the path was made from products.</summary>
    public double Smallest { get; }

    /// <summary>The unit of penalties: the mean squared singular value of the (centred) features.</summary>
    public double MeanSquaredSingularValue { get; }

    /// <summary>Penalties evenly spaced in their logarithm.</summary>
    /// <param name="smallest">The smallest, as a multiple of <see cref="MeanSquaredSingularValue"/>.</param>
    /// <param name="largest">The largest, as a multiple of the same.</param>
    /// <param name="points">How many.</param>
    public double[] Grid(double smallest, double largest, int points) => PenaltySearch.Grid(MeanSquaredSingularValue, smallest, largest, points);

    /// <summary>The readout for a penalty.</summary>
    /// <exception cref="GraftException">The penalty is below the smallest, or can't tell the features apart.</exception>
    public RegressionFit Fit(double penalty) => Fit(penalty, []);

    /// <summary>The effective degrees of freedom, the trace of the hat matrix: how many rows' worth of freedom the fit uses, the intercept included.</summary>
    /// <exception cref="GraftException">The penalty is below the smallest, or can't tell the features apart.</exception>
    public double DegreesOfFreedom(double penalty) => rows - At(penalty).Freedom();

    /// <summary>The generalized cross-validation score n RSS / (n - degrees of freedom)^2 of each penalty, summed over the outputs.</summary>
    /// <returns>A score for each penalty: infinite where fits pass through every row, so that nothing is known of others (more features than rows, and a small penalty).</returns>
    /// <exception cref="GraftException">A penalty is below the smallest, or can't tell the features apart.</exception>
    public PenaltyScore[] Generalized(IReadOnlyList<double> penalties)
    {
        ArgumentNullException.ThrowIfNull(penalties);
        PenaltyScore[] curve = new PenaltyScore[penalties.Count];
        problem.Pool.Run(curve.Length, p =>
        {
            double penalty = penalties[p], residual = 0;
            RidgePoint point = At(penalty);
            Matrix solution = new(problem.Outputs, reduction.Size);
            point.Solve(solution.Target);
            for (int c = 0; c < problem.Outputs; c++) residual += Math.Max(0, point.Residual(solution.Row(c), c));
            double left = point.Freedom();
            curve[p] = new(penalty, left > SmallestFreedom * rows ? rows * residual / (left * left) : double.PositiveInfinity);
        });
        return curve;
    }

    /// <summary>
    /// The mean squared error of each penalty on rows that are not among those taken in, summed over the outputs: validation on data the caller chose.
    /// </summary>
    /// <param name="features">[rows, features].</param>
    /// <param name="targets">[rows, outputs].</param>
    /// <param name="penalties">The penalties.</param>
    /// <param name="weights">A weight for each row; empty: 1 for all.</param>
    /// <exception cref="GraftException">The sizes do not fit, a value is not finite, or a penalty is below the smallest.</exception>
    public PenaltyScore[] Errors(Matrix features, Matrix targets, IReadOnlyList<double> penalties, ReadOnlySpan<double> weights = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(penalties);
        double[] errors = SquaredErrors(features.Operand, targets.Operand, penalties, weights);
        double total = features.Rows;
        if (!weights.IsEmpty)
        {
            total = 0;
            foreach (double weight in weights) total += weight;
        }

        return [.. penalties.Select((penalty, p) => new PenaltyScore(penalty, errors[p] / total))];
    }

    /// <summary>
    /// The mean squared error of each penalty on every row taken in, by the readout that the other rows would give, summed over the outputs: in closed form.
    /// </summary>
    /// <param name="features">All the rows taken in, [rows, features].</param>
    /// <param name="targets">Their targets, [rows, outputs].</param>
    /// <param name="penalties">The penalties.</param>
    /// <param name="weights">A weight for each row; empty: 1 for all.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>A score for each penalty: infinite where fits pass through every row, so that nothing is known of others (more features than rows, and a small penalty).</returns>
    /// <exception cref="GraftException">The sizes do not fit, a value is not finite, or a penalty is below the smallest.</exception>
    public PenaltyScore[] LeaveOneOut(
        Matrix features, Matrix targets, IReadOnlyList<double> penalties, ReadOnlySpan<double> weights = default, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(penalties);
        return LeaveOneOut(features.Operand, targets.Operand, penalties, weights, cancellation);
    }

    internal RegressionFit Fit(double penalty, IReadOnlyList<PenaltyScore> curve)
    {
        RidgePoint point = At(penalty);
        Matrix solution = new(problem.Outputs, reduction.Size);
        point.Solve(solution.Target);
        double[] residuals = [.. Enumerable.Range(0, problem.Outputs).Select(c => point.Residual(solution.Row(c), c))];
        return problem.Result(reduction.Weights(solution), residuals, reduction.Means, penalty, curve);
    }

    internal double[] SquaredErrors<T>(Operand<T> features, Operand<double> targets, IReadOnlyList<double> penalties, ReadOnlySpan<double> weights)
        where T : unmanaged
    {
        RidgeRows.Check(features, targets, weights, problem.Features, problem.Outputs, problem.Pool);
        int outputs = problem.Outputs, size = reduction.Size;
        Matrix solutions = new(penalties.Count * outputs, size);
        for (int p = 0; p < penalties.Count; p++) At(penalties[p]).Solve(solutions.Target.Slice(p * outputs, 0, outputs, size));

        double[] errors = new double[penalties.Count];
        for (int first = 0; first < features.Rows; first += RidgeProblem.Chunk)
        {
            int count = Math.Min(RidgeProblem.Chunk, features.Rows - first);
            Matrix rotated = Rotated(features.Slice(first, 0, count, features.Columns), targets.Slice(first, 0, count, outputs), [], out Matrix y);
            Matrix fitted = solutions.MultiplyTranspose(rotated, problem.Pool);
            for (int p = 0; p < penalties.Count; p++)
            {
                for (int c = 0; c < outputs; c++)
                {
                    ReadOnlySpan<double> line = fitted.Row((p * outputs) + c), wanted = y.Row(c);
                    for (int i = 0; i < count; i++)
                        errors[p] += (weights.IsEmpty ? 1 : weights[first + i]) * (line[i] - wanted[i]) * (line[i] - wanted[i]);
                }
            }
        }

        return errors;
    }

    internal PenaltyScore[] LeaveOneOut<T>(
        Operand<T> features, Operand<double> targets, IReadOnlyList<double> penalties, ReadOnlySpan<double> weights, CancellationToken cancellation)
        where T : unmanaged
    {
        RidgeRows.Check(features, targets, weights, problem.Features, problem.Outputs, problem.Pool);
        LeftOut left = new(this, penalties);
        left.Add(0, features, targets, weights, cancellation);
        return left.Scores();
    }

    // Rows of features in the path's coordinates and the targets, [outputs, rows], both centred and multiplied by the roots of the weights.
    private Matrix Rotated<T>(Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, out Matrix y)
        where T : unmanaged
    {
        y = new Matrix(problem.Outputs, features.Rows);
        for (int i = 0; i < features.Rows; i++)
        {
            ReadOnlySpan<double> wanted = targets.Data.Span.Slice(i * targets.RowStride, problem.Outputs);
            for (int c = 0; c < wanted.Length; c++)
                y[c, i] = (weights.IsEmpty ? 1 : Math.Sqrt(weights[i])) * (wanted[c] - reduction.Means[problem.Unknowns + c]);
        }

        return reduction.Rotate(RidgeRows.Rows(features, weights, problem.Leading, problem.Free, reduction.Means, problem.Pool));
    }

    private RidgePoint At(double penalty)
    {
        if (!(penalty >= Smallest) || !double.IsFinite(penalty))
            throw new GraftException($"This path takes finite penalties from {Smallest:g3} up, not {penalty:g3}. Make it with a smaller one.");
        return reduction.At(penalty) ?? throw problem.Dependent(penalty);
    }

    /// <summary>Leave-one-out errors of many penalties, added up over the rows that a path was made of.</summary>
    internal sealed class LeftOut
    {
        private const int Part = 256;

        private readonly RidgePath path;
        private readonly IReadOnlyList<double> penalties;
        private readonly RidgePoint[] points;
        private readonly Matrix[] solutions;
        private readonly double[] errors, left;
        private long rows, taken;

        public LeftOut(RidgePath path, IReadOnlyList<double> penalties)
        {
            (this.path, this.penalties, errors, left) = (path, penalties, new double[penalties.Count], new double[penalties.Count]);
            points = [.. penalties.Select(path.At)];
            solutions = [.. points.Select(_ => new Matrix(path.problem.Outputs, path.reduction.Size))];
            for (int p = 0; p < points.Length; p++) points[p].Solve(solutions[p].Target);
        }

        /// <summary>Takes rows, in the order in which the path was made of them.</summary>
        public void Add<T>(int first, Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, CancellationToken cancellation)
            where T : unmanaged
        {
            for (int start = 0; start < features.Rows; start += Part)
            {
                cancellation.ThrowIfCancellationRequested();
                int count = Math.Min(Part, features.Rows - start);
                AddPart(first + start, features.Slice(start, 0, count, features.Columns), targets.Slice(start, 0, count, targets.Columns), weights.IsEmpty ? weights : weights.Slice(start, count));
            }

            rows += features.Rows;
            taken += features.Rows - weights.Count(0);
        }

        /// <summary>The mean squared error of each penalty.</summary>
        public PenaltyScore[] Scores()
        {
            if (rows != path.rows) throw new GraftException($"Leave-one-out needs the rows that the path was made of: {path.rows}, not {rows}. Give them in the same order.");
            return [.. penalties.Select((penalty, p) => new PenaltyScore(penalty, left[p] > SmallestFreedom * taken ? errors[p] / path.totalWeight : double.PositiveInfinity))];
        }

        private void AddPart<T>(int first, Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights)
            where T : unmanaged
        {
            RidgeProblem problem = path.problem;
            int count = features.Rows;
            double[] own = weights.ToArray();
            Matrix rotated = path.Rotated(features, targets, weights, out Matrix y), columns = path.reduction.Own(first, rotated);
            problem.Pool.Run(points.Length, p =>
            {
                // What leaving a row out multiplies its error by is 1 / (1 - leverage); its leverage on the intercept is its part of all weight.
                double[] free = new double[count];
                for (int i = 0; i < count; i++) free[i] = problem.Free * (own.Length == 0 ? 1 : own[i]) / path.totalWeight;
                points[p].Left(columns.Copy(), free);
                for (int i = 0; i < count; i++) left[p] += own.Length == 0 || own[i] > 0 ? free[i] : 0;

                Matrix fitted = solutions[p].MultiplyTranspose(rotated, problem.Pool);
                for (int c = 0; c < problem.Outputs; c++)
                {
                    for (int i = 0; i < count; i++)
                    {
                        double error = (y[c, i] - fitted[c, i]) / Math.Max(free[i], 1e-12);
                        errors[p] += error * error;
                    }
                }
            });
        }
    }
}
