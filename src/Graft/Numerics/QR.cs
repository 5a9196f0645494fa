using Graft.Threads;

namespace Graft.Numerics;

/// <summary>The factorization A = Q R of a matrix with at least as many rows as columns, by blocked Householder reflectors.</summary>
/// <remarks>Golub and Van Loan, 4th ed., section 5.2. Least squares by QR keeps twice the digits of the normal equations.</remarks>
internal sealed class QR
{
    private const double Precision = 1.0 / (1L << 53);

    // A^T on entry; then row j holds R's column j (first j + 1 entries) and, from j on, nothing else: the reflectors lie apart.
    private readonly Matrix columns;
    private readonly Matrix vectors;
    private readonly double[] taus;
    private readonly WorkerPool pool;

    private QR(Matrix columns, Matrix vectors, double[] taus, WorkerPool pool) => (this.columns, this.vectors, this.taus, this.pool) = (columns, vectors, taus, pool);

    private int Rows => columns.Columns;

    private int Columns => columns.Rows;

    /// <summary>Factors a matrix.</summary>
    /// <param name="matrix">[rows, columns]; it is not changed.</param>
    /// <param name="threads">How many threads work, here and in what is solved; 0 is one per processor.</param>
    /// <exception cref="ArgumentException">There are fewer rows than columns.</exception>
    /// <exception cref="GraftException">A value is not finite.</exception>
    public static QR Factor(Matrix matrix, int threads = 0) => Factor(matrix, WorkerPool.Shared(threads));

    internal static QR Factor(Matrix matrix, WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.Rows < matrix.Columns)
            throw new ArgumentException($"A QR factorization needs at least as many rows as columns, not {matrix.Rows} x {matrix.Columns}.", nameof(matrix));

        Finite.Check(matrix.Values, "A QR factorization");
        return Reduce(matrix, matrix.Columns, pool);
    }

    /// <summary>
    /// Makes the leading columns upper triangular and takes the others along: [R | Q^T B], [leading, columns], of [A | B].
    /// </summary>
    internal static Matrix Upper(Matrix matrix, int leading, WorkerPool pool)
    {
        Matrix columns = Reduce(matrix, leading, pool).columns, upper = new(leading, matrix.Columns);
        for (int i = 0; i < leading; i++)
        {
            for (int j = i; j < matrix.Columns; j++) upper[i, j] = columns[j, i];
        }

        return upper;
    }

    private static QR Reduce(Matrix matrix, int width, WorkerPool pool)
    {
        Matrix columns = matrix.Transpose();
        int height = matrix.Rows;
        Matrix vectors = new(width, height);
        double[] taus = new double[width];
        for (int first = 0; first < width; first += Reflectors.Block)
        {
            int count = Math.Min(Reflectors.Block, width - first);
            for (int j = first; j < first + count; j++)
            {
                Span<double> column = columns.Row(j), vector = vectors.Row(j)[j..];
                column[j..].CopyTo(vector);
                (double beta, taus[j]) = Reflectors.Make(vector);
                column[j] = beta;
                column[(j + 1)..].Clear();
                for (int k = j + 1; k < first + count; k++)
                {
                    Span<double> rest = columns.Row(k)[j..];
                    VectorMath.AddScaled(-taus[j] * VectorMath.Dot(rest, vector), vector, rest);
                }
            }

            if (first + count < matrix.Columns)
            {
                Target block = vectors.Target.Slice(first, first, count, height - first);
                Matrix triangle = Reflectors.Triangle(block, taus.AsSpan(first, count), pool);
                Target trailing = columns.Target.Slice(first + count, first, matrix.Columns - first - count, height - first);
                Reflectors.Apply(trailing, block, triangle, transposed: false, pool);
            }
        }

        return new(columns, vectors, taus, pool);
    }

    /// <summary>R, upper triangular, [columns, columns]. Its diagonal may have either sign.</summary>
    public Matrix R()
    {
        Matrix upper = new(Columns, Columns);
        for (int i = 0; i < Columns; i++)
        {
            for (int j = i; j < Columns; j++) upper[i, j] = columns[j, i];
        }

        return upper;
    }

    /// <summary>The first columns of Q, [rows, columns], orthonormal.</summary>
    public Matrix Q()
    {
        Matrix basis = new(Columns, Rows);
        for (int i = 0; i < Columns; i++) basis[i, i] = 1;
        Reflectors.ApplyAll(basis.Target, vectors, taus, 0, transposed: true, pool);
        return basis.Transpose();
    }

    /// <summary>Finds X that makes ||A X - B|| least.</summary>
    /// <param name="right">B, [rows, right sides].</param>
    /// <returns>X, [columns, right sides].</returns>
    /// <exception cref="GraftException">A's columns depend on each other to working precision.</exception>
    public Matrix SolveLeastSquares(Matrix right)
    {
        ArgumentNullException.ThrowIfNull(right);
        if (right.Rows != Rows) throw new ArgumentException($"The right side needs {Rows} rows, not {right.Rows}.", nameof(right));

        Matrix rotated = right.Transpose();
        Reflectors.ApplyAll(rotated.Target, vectors, taus, 0, transposed: false, pool);

        for (int j = 0; j < Columns; j++)
        {
            if (Math.Abs(columns[j, j]) <= VectorMath.Norm(columns.Row(j)[..(j + 1)]) * Rows * Precision)
            {
                throw new GraftException(
                    $"Least squares needs independent columns: column {j} of {Columns} depends on those before it. Drop it, or add a penalty.");
            }
        }

        // R's transpose is lower triangular and lies in the rows of columns: R X = Y is the transposed solve.
        Matrix solution = new(Columns, right.Columns);
        for (int i = 0; i < Columns; i++)
        {
            for (int c = 0; c < right.Columns; c++) solution[i, c] = rotated[c, i];
        }

        Triangular.SolveTransposed(columns.Target.Slice(0, 0, Columns, Columns), solution.Target, pool);
        return solution;
    }
}
