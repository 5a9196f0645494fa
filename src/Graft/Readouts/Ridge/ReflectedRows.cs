using Graft.Numerics;

namespace Graft.Readouts;

/// <summary><see cref="RidgeSolver.QR"/>: keeps the triangular factor R of the columns [1 | features | targets], and rotates penalties into it.</summary>
/// <remarks>
/// The column of ones is eliminated first, which centres the others. For many penalties R is brought to bidiagonal form by reflectors, and a penalty is rotated into that (Eldén, BIT 17,
/// 1977). Nothing is squared, so that penalties near the rounding errors of the features are as exact as by a QR factorization of their own.
/// </remarks>
internal sealed class ReflectedRows : RidgeState
{
    private const double Precision = 1.0 / (1L << 53);

    // R^T.
    private readonly Matrix lower;

    public ReflectedRows(RidgeProblem problem)
        : this(problem, new Matrix(problem.Columns, problem.Columns))
    {
    }

    private ReflectedRows(RidgeProblem problem, Matrix lower)
        : base(problem) => this.lower = lower;

    public override double Squares
    {
        get
        {
            double squares = 0;
            for (int j = Problem.Free; j < Problem.Unknowns; j++)
                squares += VectorMath.Dot(lower.Row(j)[Problem.Free..(j + 1)], lower.Row(j)[Problem.Free..(j + 1)]);
            return squares;
        }
    }

    public override void Add<T>(Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, CancellationToken cancellation)
    {
        for (int first = 0; first < features.Rows; first += RidgeProblem.Chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(RidgeProblem.Chunk, features.Rows - first);
            Matrix columns = new(Problem.Columns, count);
            RidgeRows.Columns(
                features.Slice(first, 0, count, Problem.Features), targets.Slice(first, 0, count, Problem.Outputs), Part(weights, first, count), Problem.Leading, columns, Problem.Pool);
            TriangularUpdate.Fold(lower.Target, columns.Target, Problem.Pool, cancellation: cancellation);
        }
    }

    public override void Add(RidgeState other, CancellationToken cancellation) =>
        TriangularUpdate.Fold(lower.Target, ((ReflectedRows)other).lower.Copy().Target, Problem.Pool, triangular: true, cancellation);

    public override RidgeState Copy(RidgeProblem owner) => new ReflectedRows(owner, lower.Copy());

    public override RidgeFactor Factor(double penalty, CancellationToken cancellation)
    {
        Matrix factor = lower.Copy();
        if (penalty > 0)
        {
            Matrix roots = new(Problem.Columns, Problem.Columns);
            for (int i = Problem.Free; i < Problem.Unknowns; i++) roots[i, i] = Math.Sqrt(penalty);
            TriangularUpdate.Fold(factor.Target, roots.Target, Problem.Pool, triangular: true, cancellation);
        }

        // Reflectors know a pivot to that precision.
        return new TriangularFactor(Problem, factor, new double[Problem.Columns], Means(), penalty, (Problem.Unknowns + 8) * Precision);
    }

    public override RidgeReduction Reduce(CancellationToken cancellation)
    {
        int free = Problem.Free, size = Problem.Unknowns - free;
        Matrix upper = new(size, size), right = new(Problem.Outputs, size);
        for (int j = 0; j < size; j++)
        {
            ReadOnlySpan<double> column = lower.Row(free + j).Slice(free, j + 1);
            for (int i = 0; i <= j; i++) upper[i, j] = column[i];
        }

        double[] remainders = new double[Problem.Outputs];
        for (int c = 0; c < Problem.Outputs; c++)
        {
            ReadOnlySpan<double> row = lower.Row(Problem.Unknowns + c), rest = row[Problem.Unknowns..(Problem.Unknowns + c + 1)];
            row[free..Problem.Unknowns].CopyTo(right.Row(c));
            remainders[c] = VectorMath.Dot(rest, rest);
        }

        Bidiagonal bidiagonal = Bidiagonal.Reduce(upper, Problem.Pool, cancellation);
        bidiagonal.RotateLeft(right.Target);
        return new Reduction(Means(), bidiagonal, right, remainders, Problem.Rows - Problem.Free - size);
    }

    private double[] Means()
    {
        double[] means = new double[Problem.Columns];
        for (int j = 1; j < means.Length && Problem.Free > 0; j++) means[j] = lower[j, 0] / lower[0, 0];
        return means;
    }

    // What no weights can fit of each output is its remainder.
    private sealed class Reduction(double[] means, Bidiagonal bidiagonal, Matrix right, double[] remainders, double freedom) : RidgeReduction(means, bidiagonal.Size)
    {
        // What is left where no column is penalized.
        private readonly double freedom = freedom;

        public override RidgePoint? At(double penalty)
        {
            DampedBidiagonal damped = new(bidiagonal, penalty, right);
            return damped.Singular ? null : new Point(this, damped, penalty);
        }

        public override Matrix Rotate(Matrix rows)
        {
            bidiagonal.RotateRight(rows.Target);
            return rows;
        }

        public override Matrix Weights(Matrix solutions)
        {
            bidiagonal.RotateRightBack(solutions.Target);
            return solutions;
        }

        public override Matrix Own(int first, Matrix rotated) => rotated.Transpose();

        private double Residual(ReadOnlySpan<double> x, int output)
        {
            double sum = remainders[output];
            for (int i = 0; i < x.Length; i++)
            {
                double miss = (bidiagonal.Diagonal[i] * x[i]) + (i + 1 < x.Length ? bidiagonal.Above[i] * x[i + 1] : 0) - right[output, i];
                sum += miss * miss;
            }

            return sum;
        }

        private sealed class Point(Reduction reduction, DampedBidiagonal damped, double penalty) : RidgePoint
        {
            public override void Solve(Target solutions) => damped.Solve(solutions);

            public override double Freedom() => reduction.freedom + (penalty * damped.InverseTrace());

            public override double Residual(ReadOnlySpan<double> solution, int output) => reduction.Residual(solution, output);

            public override void Left(Matrix own, Span<double> rows)
            {
                double[] leverages = new double[rows.Length];
                damped.Leverages(own, leverages);
                FromLeverages(leverages, rows);
            }
        }
    }
}
