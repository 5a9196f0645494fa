using Graft.Numerics;

namespace Graft.Readouts;

/// <summary><see cref="RidgeSolver.Gram"/> and <see cref="RidgeSolver.SingleGram"/>: keeps the products of the columns [1 | features | targets].</summary>
/// <remarks>
/// With a free intercept a value near its mean is taken from each column first, so that a large mean costs no digits; eliminating the column of ones then centres exactly. One penalty takes
/// a Cholesky factorization; for many the centred products are brought to tridiagonal form (Eldén, BIT 17, 1977).
/// </remarks>
internal sealed class ProductRows : RidgeState
{
    private const double Precision = 1.0 / (1L << 53), SinglePrecision = 1.0 / (1L << 24);

    // The lower triangle.
    private readonly Matrix products;

    // Null before the first row.
    private double[]? shift;

    public ProductRows(RidgeProblem problem)
        : this(problem, new Matrix(problem.Columns, problem.Columns), null)
    {
    }

    private ProductRows(RidgeProblem problem, Matrix products, double[]? shift)
        : base(problem) => (this.products, this.shift) = (products, shift);

    public override double Squares
    {
        get
        {
            double squares = 0;
            for (int j = Problem.Free; j < Problem.Unknowns; j++) squares += Centred(j, j);
            return squares;
        }
    }

    public override void Add<T>(Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, CancellationToken cancellation)
    {
        if (Problem.Solver == RidgeSolver.SingleGram)
            Add(features, targets, weights, new PackedColumns<float>(Problem.Columns, Problem.Pool), cancellation);
        else Add(features, targets, weights, new PackedColumns<double>(Problem.Columns, Problem.Pool), cancellation);
    }

    // sum (x - a)(y - b) = sum (x - a')(y - b') + terms in the differences, which the column of ones has the sums for.
    public override void Add(RidgeState other, CancellationToken cancellation)
    {
        (Matrix? added, double[]? from) = (((ProductRows)other).products, ((ProductRows)other).shift);
        if (from is null) return;
        shift ??= (double[])from.Clone();
        double total = Problem.Leading > 0 ? added[0, 0] : 0;
        for (int i = 0; i < products.Rows; i++)
        {
            double di = from[i] - shift[i];
            for (int j = 0; j <= i; j++)
            {
                double dj = from[j] - shift[j], sum = added[i, j];
                if (Problem.Leading > 0) sum += (di * added[j, 0]) + (j == 0 ? 0 : (dj * added[i, 0]) + (di * dj * total));
                products[i, j] += sum;
            }
        }
    }

    public override RidgeState Copy(RidgeProblem owner) => new ProductRows(owner, products.Copy(), (double[]?)shift?.Clone());

    public override RidgeFactor Factor(double penalty, CancellationToken cancellation)
    {
        Matrix lower = products.Copy();
        int unknowns = Problem.Unknowns;
        for (int i = Problem.Free; i < unknowns; i++) lower[i, i] += penalty;
        Target left = lower.Target.Slice(0, 0, unknowns, unknowns), targets = lower.Target.Slice(unknowns, 0, Problem.Outputs, unknowns);
        if (Cholesky.Factor(left, Problem.Pool) >= 0) throw Problem.Dependent(penalty);
        Triangular.SolveRows(left, targets, Problem.Pool);
        for (int c = 0; c < Problem.Outputs; c++)
        {
            Span<double> row = lower.Row(unknowns + c);
            double rest = row[unknowns + c] - VectorMath.Dot(row[..unknowns], row[..unknowns]);
            row[unknowns..].Clear();
            row[unknowns + c] = Math.Sqrt(Math.Max(0, rest));
        }

        // Products know a pivot's square to that precision.
        double precision = Math.Sqrt(Problem.Solver == RidgeSolver.SingleGram ? SinglePrecision : unknowns * Precision);
        return new TriangularFactor(Problem, lower, shift!, Means(), penalty, precision);
    }

    public override RidgeReduction Reduce(CancellationToken cancellation)
    {
        int free = Problem.Free, size = Problem.Unknowns - free, outputs = Problem.Outputs;
        Matrix gram = new(size, size), right = new(outputs, size);
        double[] squares = new double[outputs];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++) gram[i, j] = Centred(free + i, free + j);
        }

        for (int c = 0; c < outputs; c++)
        {
            for (int j = 0; j < size; j++) right[c, j] = Centred(Problem.Unknowns + c, free + j);
            squares[c] = Centred(Problem.Unknowns + c, Problem.Unknowns + c);
        }

        gram.MirrorLower();
        Tridiagonal tridiagonal = Tridiagonal.Reduce(gram, Problem.Pool, cancellation);
        tridiagonal.RotateRows(right.Target);
        return new Reduction(Means(), tridiagonal, right, squares, Problem.Rows - free - size);
    }

    private void Add<T, TPacked>(
        Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, PackedColumns<TPacked> packed, CancellationToken cancellation)
        where T : unmanaged
        where TPacked : unmanaged
    {
        int few = Math.Min(RidgeProblem.Chunk, features.Rows);
        shift ??= RidgeRows.Shift(features.Slice(0, 0, few, Problem.Features), targets.Slice(0, 0, few, Problem.Outputs), Problem.Intercept);
        for (int first = 0; first < features.Rows; first += PackedColumns<TPacked>.Rows)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(PackedColumns<TPacked>.Rows, features.Rows - first);
            RidgeRows.Pack(
                features.Slice(first, 0, count, Problem.Features), targets.Slice(first, 0, count, Problem.Outputs), Part(weights, first, count), Problem.Leading, shift, packed);
            packed.AddProducts(count, products);
        }
    }

    // A product of two columns, i >= j, after the free column of ones is eliminated.
    private double Centred(int i, int j) => products[i, j] - (Problem.Free > 0 && products[0, 0] > 0 ? products[i, 0] * products[j, 0] / products[0, 0] : 0);

    private double[] Means()
    {
        double[] means = new double[Problem.Columns];
        for (int j = 1; j < means.Length && Problem.Free > 0; j++) means[j] = shift![j] + (products[j, 0] / products[0, 0]);
        return means;
    }

    private sealed class Reduction(double[] means, Tridiagonal tridiagonal, Matrix right, double[] squares, double freedom) : RidgeReduction(means, tridiagonal.Diagonal.Length)
    {
        public override RidgePoint? At(double penalty)
        {
            DampedTridiagonal damped = new(tridiagonal, penalty);
            return damped.IsSingular ? null : new Point(damped, penalty, right, squares, freedom);
        }

        public override Matrix Rotate(Matrix rows)
        {
            tridiagonal.RotateRows(rows.Target);
            return rows;
        }

        public override Matrix Weights(Matrix solutions)
        {
            tridiagonal.RotateRowsBack(solutions.Target);
            return solutions;
        }

        public override Matrix Own(int first, Matrix rotated) => rotated.Transpose();
    }

    private sealed class Point(DampedTridiagonal damped, double penalty, Matrix right, double[] squares, double freedom) : RidgePoint
    {
        public override void Solve(Target solutions)
        {
            for (int c = 0; c < right.Rows; c++) right.Row(c).CopyTo(solutions.Row(c));
            damped.Solve(solutions);
        }

        public override double Freedom() => freedom + (penalty * damped.InverseTrace());

        // |y|^2 - x^T X^T y - penalty |x|^2.
        public override double Residual(ReadOnlySpan<double> solution, int output) =>
            squares[output] - VectorMath.Dot(solution, right.Row(output)) - (penalty * VectorMath.Dot(solution, solution));

        public override void Left(Matrix own, Span<double> rows)
        {
            double[] leverages = new double[rows.Length];
            damped.Leverages(own, leverages);
            FromLeverages(leverages, rows);
        }
    }
}
