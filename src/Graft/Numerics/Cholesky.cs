using System.Runtime.CompilerServices;
using Graft.Simd;
using Graft.Threads;

namespace Graft.Numerics;

/// <summary>The factorization A = L L^T of a symmetric positive definite matrix.</summary>
/// <remarks>Recursive: halves until a small block is left, so that the work is in matrix products (Golub and Van Loan, 4th ed., section 4.2).</remarks>
internal sealed class Cholesky
{
    private const int Leaf = 64;

    private readonly WorkerPool pool;

    private Cholesky(Matrix lower, WorkerPool pool) => (Lower, this.pool) = (lower, pool);

    /// <summary>L, [n, n], with zeros above the diagonal.</summary>
    public Matrix Lower { get; }

    /// <summary>Factors a matrix, of which only the lower triangle is read.</summary>
    /// <param name="symmetric">A, [n, n].</param>
    /// <param name="threads">How many threads work, here and in what is solved; 0 is one per processor.</param>
    /// <exception cref="ArgumentException">The matrix is not square.</exception>
    /// <exception cref="GraftException">The matrix is not positive definite.</exception>
    public static Cholesky Factor(Matrix symmetric, int threads = 0) => Factor(symmetric, WorkerPool.Shared(threads));

    internal static Cholesky Factor(Matrix symmetric, WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(symmetric);
        if (symmetric.Rows != symmetric.Columns)
            throw new ArgumentException($"A Cholesky factorization needs a square matrix, not {symmetric.Rows} x {symmetric.Columns}.", nameof(symmetric));

        Matrix lower = symmetric.Copy();
        int failed = Factor(lower.Target, pool);
        if (failed >= 0)
        {
            throw new GraftException(
                $"The matrix is not positive definite: pivot {failed} of {symmetric.Rows} is not above zero. Add a multiple of the identity (a larger penalty).");
        }

        for (int i = 0; i < lower.Rows; i++) lower.Row(i)[(i + 1)..].Clear();
        return new(lower, pool);
    }

    /// <summary>Solves A X = B.</summary>
    /// <param name="right">B, [n, columns]; it is not changed.</param>
    public Matrix Solve(Matrix right)
    {
        ArgumentNullException.ThrowIfNull(right);
        if (right.Rows != Lower.Rows) throw new ArgumentException($"The right side needs {Lower.Rows} rows, not {right.Rows}.", nameof(right));

        Matrix solution = right.Copy();
        Triangular.Solve(Lower.Target, solution.Target, pool);
        Triangular.SolveTransposed(Lower.Target, solution.Target, pool);
        return solution;
    }

    // Returns the first pivot that is not positive, or -1.
    [MethodImpl(Compiled.Alone)]
    internal static int Factor(Target matrix, WorkerPool pool)
    {
        int size = matrix.Rows;
        if (size > Leaf)
        {
            int half = Triangular.Half(size);
            Target top = matrix.Slice(0, 0, half, half), below = matrix.Slice(half, 0, size - half, half);
            Target rest = matrix.Slice(half, half, size - half, size - half);
            int failed = Factor(top, pool);
            if (failed >= 0) return failed;
            Triangular.SolveRows(top, below, pool);
            Gemm.Accumulate(-1, below.Operand, below.Operand.Transposed, rest, pool, lowerOnly: true);
            failed = Factor(rest, pool);
            return failed >= 0 ? half + failed : -1;
        }

        for (int j = 0; j < size; j++)
        {
            Span<double> pivotRow = matrix.Row(j);
            double pivot = pivotRow[j] - VectorMath.Dot(pivotRow[..j], pivotRow[..j]);
            if (!(pivot > 0) || !double.IsFinite(pivot)) return j;
            pivotRow[j] = Math.Sqrt(pivot);
            for (int i = j + 1; i < size; i++)
            {
                Span<double> row = matrix.Row(i);
                row[j] = (row[j] - VectorMath.Dot(row[..j], pivotRow[..j])) / pivotRow[j];
            }
        }

        return -1;
    }
}
