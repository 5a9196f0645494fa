using Graft.Numerics;
using Graft.Threads;

namespace Graft.Readouts;

/// <summary>
/// Takes in the rows of a ridge regression block by block, in memory that depends on the number of features alone: series of any length, in pieces.
/// </summary>
/// <remarks>
/// Keeps the triangular factor of [1 | features | targets] (<see cref="RidgeSolver.QR"/>), or the products of those columns. The
/// column of ones is eliminated first and is what centres the others, so that the intercept needs no second pass. Not safe for use from many threads; several
/// accumulators can be filled at once and added together.
/// </remarks>
public sealed class RidgeAccumulator
{
    // Rows taken at once: their columns stay in the second-level cache while a panel of reflectors is made.
    internal const int Chunk = 1024;

    private readonly int leading;
    private readonly int size;

    // QR: R^T. Gram: the products, lower triangle.
    private readonly Matrix state;

    // Gram with a free intercept: what is taken from each column, so that a large mean costs no digits.
    private double[]? shift;

    /// <summary>Makes an accumulator without rows.</summary>
    /// <param name="features">The number of features.</param>
    /// <param name="outputs">The number of targets.</param>
    /// <param name="solver">How the system will be solved.</param>
    /// <param name="intercept">What is done about the constant term.</param>
    /// <param name="threads">How many threads work, here and in what is solved; 0 is one per processor.</param>
    /// <exception cref="GraftException">So many features do not fit a matrix.</exception>
    public RidgeAccumulator(int features, int outputs, RidgeSolver solver = RidgeSolver.QR, Intercept intercept = Intercept.Free, int threads = 0)
        : this(features, outputs, solver, intercept, WorkerPool.Shared(threads))
    {
    }

    internal RidgeAccumulator(int features, int outputs, RidgeSolver solver, Intercept intercept, WorkerPool pool)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        (Features, Outputs, Solver, Intercept, Pool) = (features, outputs, solver, intercept, pool);
        leading = intercept == Intercept.None ? 0 : 1;
        size = leading + features + outputs;
        state = new Matrix(size, size);
    }

    /// <summary>The number of features.</summary>
    public int Features { get; }

    /// <summary>The number of targets.</summary>
    public int Outputs { get; }

    /// <summary>How the system will be solved.</summary>
    public RidgeSolver Solver { get; }

    /// <summary>What is done about the constant term.</summary>
    public Intercept Intercept { get; }

    /// <summary>The number of rows taken in.</summary>
    public long Rows { get; private set; }

    /// <summary>The sum of the rows' weights.</summary>
    public double TotalWeight { get; private set; }

    internal WorkerPool Pool { get; }

    /// <summary>Takes in rows.</summary>
    /// <param name="features">[rows, features].</param>
    /// <param name="targets">[rows, outputs].</param>
    /// <param name="weights">A weight for each row; empty: 1 for all.</param>
    /// <param name="cancellation">Stops the work; the accumulator is of no use then.</param>
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
    /// <param name="cancellation">Stops the work; the accumulator is of no use then.</param>
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

    /// <summary>Takes in the rows of another accumulator, which is not changed.</summary>
    /// <exception cref="ArgumentException">It has other sizes, another solver or another intercept.</exception>
    public void Add(RidgeAccumulator other, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(other);
        if ((other.Features, other.Outputs, other.Solver, other.Intercept) != (Features, Outputs, Solver, Intercept))
        {
            throw new ArgumentException(
                $"Only accumulators of the same kind add up: {other.Features} features, {other.Outputs} outputs, {other.Solver}, {other.Intercept} and " +
                $"{Features} features, {Outputs} outputs, {Solver}, {Intercept} do not.",
                nameof(other));
        }

        if (Solver == RidgeSolver.QR)
            TriangularUpdate.Fold(state.Target, other.state.Copy().Target, Pool, triangular: true, cancellation);
        else
            AddProducts(other);
        Rows += other.Rows;
        TotalWeight += other.TotalWeight;
    }

    /// <summary>Solves for one penalty with the rows taken in so far. More rows may follow.</summary>
    /// <param name="penalty">The penalty on the squared weights; 0 for ordinary least squares.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">There are no rows, or the features depend on each other and the penalty is too small to tell them apart.</exception>
    public RegressionFit Fit(double penalty, CancellationToken cancellation = default) => Factor(penalty, cancellation).Fit(penalty);

    /// <summary>Prepares to solve for many penalties with the rows taken in so far: about as dear as taking in as many rows as there are features. More rows may follow.</summary>
    /// <param name="smallest">The smallest penalty that will be asked for; only the solvers by products need it, above 0.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">There are no rows, or the products of dependent features need a larger smallest penalty.</exception>
    public RidgePath Path(double smallest = 0, CancellationToken cancellation = default) => new(this, smallest, cancellation);

    /// <summary>The mean squared singular value of the (centred) features.</summary>
    internal double MeanSquare
    {
        get
        {
            double squares = 0;
            int free = Intercept == Intercept.Free ? 1 : 0;
            for (int j = free; j < leading + Features; j++)
            {
                squares += Solver == RidgeSolver.QR
                    ? VectorMath.Dot(state.Row(j)[free..(j + 1)], state.Row(j)[free..(j + 1)])
                    : state[j, j] - (free > 0 && state[0, 0] > 0 ? state[j, 0] * state[j, 0] / state[0, 0] : 0);
            }

            return squares > 0 ? squares / Math.Min(Rows, leading + Features - free) : 1;
        }
    }

    /// <summary>An accumulator of the same kind without rows.</summary>
    internal RidgeAccumulator Empty() => new(Features, Outputs, Solver, Intercept, Pool);

    internal RidgeAccumulator Copy()
    {
        RidgeAccumulator copy = Empty();
        state.Values.CopyTo(copy.state.Values);
        (copy.shift, copy.Rows, copy.TotalWeight) = ((double[]?)shift?.Clone(), Rows, TotalWeight);
        return copy;
    }

    internal RidgeFactor Factor(double penalty, CancellationToken cancellation)
    {
        if (Rows == 0 || TotalWeight <= 0)
            throw new GraftException("A ridge regression needs at least one row of weight above zero; there is none. Add rows first.");
        return RidgeFactor.Of(this, state, shift ?? new double[size], penalty, cancellation);
    }

    internal void Add<T>(Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, CancellationToken cancellation)
        where T : unmanaged
    {
        RidgeRows.Check(features, targets, weights, Features, Outputs, Pool);
        if (Solver == RidgeSolver.QR)
            AddReflected(features, targets, weights, cancellation);
        else if (Solver == RidgeSolver.Gram)
            AddProducts(features, targets, weights, new PackedColumns<double>(size, Pool), cancellation);
        else
            AddProducts(features, targets, weights, new PackedColumns<float>(size, Pool), cancellation);

        Rows += features.Rows;
        TotalWeight += features.Rows;
        if (!weights.IsEmpty)
        {
            TotalWeight -= features.Rows;
            foreach (double weight in weights)
                TotalWeight += weight;
        }
    }

    private void AddReflected<T>(Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, CancellationToken cancellation)
        where T : unmanaged
    {
        for (int first = 0; first < features.Rows; first += Chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(Chunk, features.Rows - first);
            var columns = new Matrix(size, count);
            RidgeRows.Columns(features.Slice(first, 0, count, Features), targets.Slice(first, 0, count, Outputs), Part(weights, first, count), leading, columns, Pool);
            TriangularUpdate.Fold(state.Target, columns.Target, Pool, cancellation: cancellation);
        }
    }

    private void AddProducts<T, TPacked>(
        Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, PackedColumns<TPacked> packed, CancellationToken cancellation)
        where T : unmanaged
        where TPacked : unmanaged
    {
        int few = Math.Min(Chunk, features.Rows);
        shift ??= RidgeRows.Shift(features.Slice(0, 0, few, Features), targets.Slice(0, 0, few, Outputs), Intercept);
        for (int first = 0; first < features.Rows; first += PackedColumns<TPacked>.Rows)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(PackedColumns<TPacked>.Rows, features.Rows - first);
            RidgeRows.Pack(features.Slice(first, 0, count, Features), targets.Slice(first, 0, count, Outputs), Part(weights, first, count), leading, shift, packed);
            packed.AddProducts(count, state);
        }
    }

    private static ReadOnlySpan<double> Part(ReadOnlySpan<double> weights, int first, int count) => weights.IsEmpty ? weights : weights.Slice(first, count);

    // sum (x - a)(y - b) = sum (x - a')(y - b') + terms in the differences, which the column of ones has the sums for.
    private void AddProducts(RidgeAccumulator other)
    {
        if (other.shift is null)
            return;
        shift ??= (double[])other.shift.Clone();
        double total = leading > 0 ? other.state[0, 0] : 0;
        for (int i = 0; i < size; i++)
        {
            double di = other.shift[i] - shift[i];
            for (int j = 0; j <= i; j++)
            {
                double dj = other.shift[j] - shift[j], sum = other.state[i, j];
                if (leading > 0)
                    sum += di * other.state[j, 0] + (j == 0 ? 0 : dj * other.state[i, 0] + di * dj * total);
                state[i, j] += sum;
            }
        }
    }
}
