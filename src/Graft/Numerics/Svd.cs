using Graft.Threads;

namespace Graft.Numerics;

/// <summary>The singular value decomposition A = U diag(values) V^T, thin: U [rows, k], V [columns, k], k the smaller size.</summary>
/// <remarks>
/// QR, then one-sided Jacobi rotations (Hestenes 1958; Demmel and Veselić, "Jacobi's method is more accurate than QR", SIMAX 13, 1992): small singular
/// values come out to high relative accuracy. Meant for sizes up to a few hundred; where only squares matter, <see cref="SymmetricEigen"/> is faster.
/// </remarks>
internal sealed class Svd
{
    private const int MostSweeps = 40;

    private Svd(Matrix u, double[] values, Matrix v) => (U, Values, V) = (u, values, v);

    /// <summary>The left singular vectors, one a column. A column that belongs to a singular value of 0 is 0.</summary>
    public Matrix U { get; }

    /// <summary>The singular values, descending.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>The right singular vectors, one a column.</summary>
    public Matrix V { get; }

    /// <summary>Decomposes a matrix.</summary>
    /// <param name="matrix">[rows, columns]; it is not changed.</param>
    /// <param name="threads">How many threads work; 0 is one per processor.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">A value is not finite.</exception>
    public static Svd Decompose(Matrix matrix, int threads = 0, CancellationToken cancellation = default) => Decompose(matrix, WorkerPool.Shared(threads), cancellation);

    internal static Svd Decompose(Matrix matrix, WorkerPool pool, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.Rows < matrix.Columns)
        {
            Svd transposed = Decompose(matrix.Transpose(), pool, cancellation);
            return new(transposed.V, [.. transposed.Values], transposed.U);
        }

        Finite.Check(matrix.Values, "A singular value decomposition");
        int size = matrix.Columns;

        // Near 1, so that no square overflows or underflows; a power of two, so that nothing is rounded.
        double largest = 0;
        foreach (double value in matrix.Values) largest = Math.Max(largest, Math.Abs(value));
        double scale = largest == 0 ? 1 : Math.ScaleB(1, Math.Clamp(Math.ILogB(largest), -1000, 1000));
        Matrix scaled = matrix.Copy();
        VectorMath.Scale(1 / scale, scaled.Values);
        QR qr = QR.Factor(scaled, pool);

        // Rows of these are the columns that the method rotates.
        Matrix work = qr.R().Transpose(), right = Matrix.Identity(size);
        int sweep = 0;
        while (Sweep(work, right, pool))
        {
            cancellation.ThrowIfCancellationRequested();
            if (++sweep == MostSweeps)
                throw new GraftException($"The singular values did not converge in {MostSweeps} sweeps. Scale the matrix so that its values are near 1.");
        }

        double[] norms = new double[size];
        for (int i = 0; i < size; i++) norms[i] = VectorMath.Norm(work.Row(i));
        int[] order = [.. Enumerable.Range(0, size).OrderByDescending(i => norms[i])];
        Matrix left = new(size, size), sortedRight = new(size, size);
        for (int i = 0; i < size; i++)
        {
            if (norms[order[i]] > 0)
            {
                for (int k = 0; k < size; k++) left[i, k] = work[order[i], k] / norms[order[i]];
            }

            right.Row(order[i]).CopyTo(sortedRight.Row(i));
        }

        return new(qr.Q().MultiplyTranspose(left, pool), [.. order.Select(i => norms[i] * scale)], sortedRight.Transpose());
    }

    // A round-robin tournament: in each round every column meets one other, so that a round's rotations are independent.
    private static bool Sweep(Matrix work, Matrix right, WorkerPool pool)
    {
        int players = (work.Rows + 1) / 2 * 2;
        bool[] rotated = new bool[Math.Max(1, players / 2)];
        for (int round = 0; round < players - 1; round++)
        {
            int shift = round;
            void Meet(int pair)
            {
                int a = Player(pair, shift, players), b = Player(players - 1 - pair, shift, players);
                if (a < work.Rows && b < work.Rows) rotated[pair] |= Orthogonalize(work, right, Math.Min(a, b), Math.Max(a, b));
            }

            if (work.Rows < 128)
            {
                for (int pair = 0; pair < players / 2; pair++) Meet(pair);
            }
            else
            {
                pool.Run(players / 2, Meet);
            }
        }

        return rotated.Contains(true);
    }

    private static int Player(int seat, int shift, int players) => seat == 0 ? 0 : 1 + ((seat - 1 + shift) % (players - 1));

    private static bool Orthogonalize(Matrix work, Matrix right, int i, int j)
    {
        Span<double> x = work.Row(i), y = work.Row(j);
        double tolerance = Math.Sqrt(x.Length) * 2.3e-16;
        double alpha = VectorMath.Dot(x, x), beta = VectorMath.Dot(y, y), gamma = VectorMath.Dot(x, y);
        if (Math.Abs(gamma) <= tolerance * Math.Sqrt(alpha) * Math.Sqrt(beta) || gamma == 0) return false;

        double zeta = (beta - alpha) / (2 * gamma);
        double tangent = Math.CopySign(1, zeta) / (Math.Abs(zeta) + double.Hypot(1, zeta));
        double cosine = 1 / double.Hypot(1, tangent), sine = cosine * tangent;
        VectorMath.Rotate(cosine, sine, x, y);
        VectorMath.Rotate(cosine, sine, right.Row(i), right.Row(j));
        return true;
    }
}
