using Graft.Numerics;
using Graft.Threads;

namespace Graft.Readouts;

/// <summary>
/// A ridge regression's rows, taken in block by block: for all solvers but <see cref="RidgeSolver.Dual"/> in memory that depends on the number of features alone, so that series may
/// have any length and come in pieces.
/// </summary>
/// <remarks>
/// Minimizes sum_i w_i |y_i - W^T x_i - b|^2 + penalty |W|^2; Hoerl and Kennard, Technometrics 12, 1970. Keeps the triangular factor of the columns [1 | features | targets]
/// (<see cref="RidgeSolver.QR"/>), the products of those columns, or the rows (<see cref="RidgeSolver.Dual"/>). <see cref="Fit"/> solves for one penalty, <see cref="Path"/> for many. Not
/// safe for use from many threads; several problems can be filled at once and added together.
/// </remarks>
internal sealed class RidgeProblem
{
    // Rows taken at once: their columns stay in the second-level cache while a panel of reflectors is made.
    internal const int Chunk = 1024;

    private readonly RidgeState state;

    /// <summary>Makes a problem without rows.</summary>
    /// <param name="features">The number of features.</param>
    /// <param name="outputs">The number of targets.</param>
    /// <param name="solver">How it will be solved.</param>
    /// <param name="intercept">What is done about the constant term.</param>
    /// <param name="threads">How many threads work, here and in what is solved; 0 is one per processor.</param>
    /// <exception cref="GraftException">So many features do not fit a matrix.</exception>
    public RidgeProblem(int features, int outputs, RidgeSolver solver = RidgeSolver.QR, Intercept intercept = Intercept.Free, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        (Features, Outputs, Solver, Intercept, Pool) = (features, outputs, solver, intercept, WorkerPool.Shared(threads));
        state = solver switch
        {
            RidgeSolver.QR => new ReflectedRows(this),
            RidgeSolver.Dual => new KeptRows(this),
            _ => new ProductRows(this),
        };
    }

    private RidgeProblem(RidgeProblem other)
    {
        (Features, Outputs, Solver, Intercept, Pool) = (other.Features, other.Outputs, other.Solver, other.Intercept, other.Pool);
        (Rows, TotalWeight, state) = (other.Rows, other.TotalWeight, other.state.Copy(this));
    }

    /// <summary>The number of features.</summary>
    public int Features { get; }

    /// <summary>The number of targets.</summary>
    public int Outputs { get; }

    /// <summary>How it will be solved.</summary>
    public RidgeSolver Solver { get; }

    /// <summary>What is done about the constant term.</summary>
    public Intercept Intercept { get; }

    /// <summary>The number of rows taken in.</summary>
    public long Rows { get; private set; }

    /// <summary>The sum of the rows' weights.</summary>
    public double TotalWeight { get; private set; }

    internal WorkerPool Pool { get; }

    /// <summary>1 where a column of ones stands before the features.</summary>
    internal int Leading => Intercept == Intercept.None ? 0 : 1;

    /// <summary>1 where that column is not penalized.</summary>
    internal int Free => Intercept == Intercept.Free ? 1 : 0;

    /// <summary>The columns of ones and features.</summary>
    internal int Unknowns => Leading + Features;

    /// <summary>The columns of ones, features and targets.</summary>
    internal int Columns => Unknowns + Outputs;

    /// <summary>The mean squared singular value of the (centred) features: the unit of penalties.</summary>
    internal double MeanSquare => state.Squares is > 0 and var squares ? squares / Math.Min(Rows, Unknowns - Free) : 1;

    /// <summary>Takes in rows.</summary>
    /// <param name="features">[rows, features].</param>
    /// <param name="targets">[rows, outputs].</param>
    /// <param name="weights">A weight for each row; empty: 1 for all.</param>
    /// <param name="cancellation">Stops the work; the problem is of no use then.</param>
    /// <exception cref="GraftException">The sizes do not fit, or a value is not finite; what came before the block remains.</exception>
    public void Add(Matrix features, Matrix targets, ReadOnlySpan<double> weights = default, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        Add(features.Operand, targets.Operand, weights, cancellation);
    }

    /// <summary>Takes in rows of float32 features, without a copy of them in float64.</summary>
    /// <param name="features">[rows, features], row-major.</param>
    /// <param name="targets">[rows, outputs].</param>
    /// <param name="weights">A weight for each row; empty: 1 for all.</param>
    /// <param name="cancellation">Stops the work; the problem is of no use then.</param>
    /// <exception cref="GraftException">The sizes do not fit, or a value is not finite; what came before the block remains.</exception>
    public void Add(ReadOnlyMemory<float> features, Matrix targets, ReadOnlySpan<double> weights = default, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(targets);
        if (features.Length != (long)targets.Rows * Features)
        {
            throw new GraftException(
                $"Features and targets must have the same rows: {targets.Rows} rows of {Features} features make {(long)targets.Rows * Features} values, not {features.Length}.");
        }

        Add(new Operand<float>(features, targets.Rows, Features, Features, 1), targets.Operand, weights, cancellation);
    }

    /// <summary>Takes in the rows of another problem, which is not changed.</summary>
    /// <exception cref="ArgumentException">It has other sizes, another solver or another intercept.</exception>
    public void Add(RidgeProblem other, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(other);
        if ((other.Features, other.Outputs, other.Solver, other.Intercept) != (Features, Outputs, Solver, Intercept))
        {
            throw new ArgumentException(
                $"Only problems of the same kind add up: {other.Features} features, {other.Outputs} outputs, {other.Solver}, {other.Intercept} and " +
                $"{Features} features, {Outputs} outputs, {Solver}, {Intercept} do not.",
                nameof(other));
        }

        state.Add(other.state, cancellation);
        Rows += other.Rows;
        TotalWeight += other.TotalWeight;
    }

    /// <summary>Solves for one penalty with the rows taken in so far. More rows may follow.</summary>
    /// <param name="penalty">The penalty on the squared weights; 0 for ordinary least squares.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">There are no rows, or the features depend on each other and the penalty is too small to tell them apart.</exception>
    public RegressionFit Fit(double penalty, CancellationToken cancellation = default) => Result(Factor(penalty, cancellation), penalty, []);

    /// <summary>Prepares to solve for many penalties with the rows taken in so far: about as dear as taking in as many rows as there are features. More rows may follow.</summary>
    /// <param name="smallest">The smallest penalty that will be asked for; all solvers but QR need it, above 0.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">There are no rows, or the products of dependent features need a larger smallest penalty.</exception>
    public RidgePath Path(double smallest = 0, CancellationToken cancellation = default)
    {
        RequireRows();
        return new(this, state.Reduce(cancellation), Solver == RidgeSolver.QR ? 0 : smallest);
    }

    /// <summary>A problem of the same kind without rows.</summary>
    internal RidgeProblem Empty() => new(Features, Outputs, Solver, Intercept, Pool.Threads);

    internal RidgeProblem Copy() => new(this);

    internal RidgeFactor Factor(double penalty, CancellationToken cancellation)
    {
        RequireRows();
        return state.Factor(penalty, cancellation);
    }

    internal RegressionFit Result(RidgeFactor factor, double penalty, IReadOnlyList<PenaltyScore> curve) => Result(factor.Weights, factor.Residuals, factor.Means, penalty, curve);

    /// <summary>Splits a solution into weights and bias.</summary>
    /// <param name="solution">[outputs, penalized columns].</param>
    /// <param name="residuals">The sum of squared errors of each output.</param>
    /// <param name="means">What was taken from each of the columns [1 | features | targets].</param>
    /// <param name="penalty">The penalty that it was found for.</param>
    /// <param name="curve">The scores of all penalties tried.</param>
    internal RegressionFit Result(Matrix solution, double[] residuals, double[] means, double penalty, IReadOnlyList<PenaltyScore> curve)
    {
        int penalizedOnes = Leading - Free;
        Matrix weights = new(Features, Outputs);
        double[] bias = new double[Outputs], errors = new double[Outputs];
        for (int c = 0; c < Outputs; c++)
        {
            ReadOnlySpan<double> own = solution.Row(c)[penalizedOnes..];
            for (int j = 0; j < own.Length; j++) weights[j, c] = own[j];
            bias[c] = (penalizedOnes > 0 ? solution[c, 0] : 0) + means[Unknowns + c] - VectorMath.Dot(means.AsSpan(Leading, Features), own);
            errors[c] = Math.Max(0, residuals[c]) / TotalWeight;
        }

        RidgeRows.CheckFinite(weights.Operand, "Weights", "output", Pool);
        return new(new LinearMap(weights, bias), penalty, curve, errors);
    }

    internal GraftException Dependent(double penalty) => Rows < Features && penalty == 0
        ? new($"{Rows} rows can't tell {Features} features apart without a penalty. Give a penalty above 0, or more rows than features.")
        : new(
            $"The features depend on each other to working precision, and the penalty {penalty:g3} is too small to tell them apart by {Solver}. " +
            (Solver == RidgeSolver.QR ? "Choose a larger one." : "Choose a larger one, or the QR solver."));

    internal void Add<T>(Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, CancellationToken cancellation)
        where T : unmanaged
    {
        RidgeRows.Check(features, targets, weights, Features, Outputs, Pool);
        state.Add(features, targets, weights, cancellation);
        Rows += features.Rows;
        TotalWeight += features.Rows;
        if (!weights.IsEmpty)
        {
            TotalWeight -= features.Rows;
            foreach (double weight in weights) TotalWeight += weight;
        }
    }

    private void RequireRows()
    {
        if (Rows == 0 || TotalWeight <= 0)
            throw new GraftException("A ridge regression needs at least one row of weight above zero; there is none. Add rows first.");
    }
}
