using Graft.Threads;

namespace Graft.Numerics;

/// <summary>The eigendecomposition A = V diag(values) V^T of a symmetric matrix.</summary>
/// <remarks>Householder tridiagonalization, then implicit QL with Wilkinson's shift (Bowdler, Martin, Reinsch, Wilkinson, "The QR and QL algorithms for symmetric matrices", 1968).</remarks>
internal sealed class SymmetricEigen
{
    private const int MostSweeps = 60;
    private const double Precision = 1.0 / (1L << 53);

    private SymmetricEigen(double[] values, Matrix vectors) => (Values, Vectors) = (values, vectors);

    /// <summary>The eigenvalues, ascending.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>V, [n, n]: column i is the unit eigenvector of value i.</summary>
    public Matrix Vectors { get; }

    /// <summary>Decomposes a symmetric matrix.</summary>
    /// <param name="symmetric">A, [n, n]; of each pair of mirrored elements either may be read.</param>
    /// <param name="threads">How many threads work; 0 is one per processor.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">The matrix is not square.</exception>
    /// <exception cref="GraftException">A value is not finite.</exception>
    public static SymmetricEigen Decompose(Matrix symmetric, int threads = 0, CancellationToken cancellation = default) => Decompose(symmetric, WorkerPool.Shared(threads), cancellation);

    internal static SymmetricEigen Decompose(Matrix symmetric, WorkerPool pool, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(symmetric);
        if (symmetric.Rows != symmetric.Columns)
            throw new ArgumentException($"An eigendecomposition needs a square matrix, not {symmetric.Rows} x {symmetric.Columns}.", nameof(symmetric));
        Finite.Check(symmetric.Values, "An eigendecomposition");

        int size = symmetric.Rows;
        Tridiagonal reduced = Tridiagonal.Reduce(symmetric, pool, cancellation);

        // Row i of this is column i of Q; the rotations then make it the eigenvectors.
        Matrix rows = Matrix.Identity(size);
        reduced.RotateRowsBack(rows.Target);
        double[] values = reduced.Diagonal;
        Iterate(values, reduced.OffDiagonal, rows, pool, cancellation);

        int[] order = [.. Enumerable.Range(0, size)];
        Array.Sort((double[])values.Clone(), order);
        Matrix sorted = new(size, size);
        for (int i = 0; i < size; i++) rows.Row(order[i]).CopyTo(sorted.Row(i));
        return new([.. order.Select(i => values[i])], sorted.Transpose());
    }

    private static void Iterate(double[] d, double[] off, Matrix rows, WorkerPool pool, CancellationToken cancellation)
    {
        int size = d.Length;
        double[] e = [.. off, 0];
        double[] cosines = new double[size], sines = new double[size];
        for (int l = 0; l < size; l++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int sweep = 0; ; sweep++)
            {
                int m = l;
                while (m < size - 1 && Math.Abs(e[m]) > Precision * (Math.Abs(d[m]) + Math.Abs(d[m + 1]))) m++;
                if (m == l) break;
                if (sweep == MostSweeps)
                    throw new GraftException($"The eigenvalues did not converge in {MostSweeps} sweeps. Scale the matrix so that its values are near 1.");

                double g = (d[l + 1] - d[l]) / (2 * e[l]);
                double r = double.Hypot(g, 1);
                g = d[m] - d[l] + (e[l] / (g + Math.CopySign(r, g)));
                double sine = 1, cosine = 1, p = 0;
                int i = m - 1;
                for (; i >= l; i--)
                {
                    double f = sine * e[i], b = cosine * e[i];
                    r = double.Hypot(f, g);
                    e[i + 1] = r;
                    if (r == 0)
                    {
                        d[i + 1] -= p;
                        e[m] = 0;
                        break;
                    }

                    (sine, cosine) = (f / r, g / r);
                    g = d[i + 1] - p;
                    r = ((d[i] - g) * sine) + (2 * cosine * b);
                    p = sine * r;
                    d[i + 1] = g + p;
                    g = (cosine * r) - b;
                    (cosines[i], sines[i]) = (cosine, sine);
                }

                RotateRows(rows, cosines, sines, i + 1, m, pool);
                if (i >= l) continue;
                d[l] -= p;
                e[l] = g;
                e[m] = 0;
            }
        }
    }

    // One sweep's rotations on one strip of columns at a time: the strip stays in cache.
    private static void RotateRows(Matrix rows, double[] cosines, double[] sines, int from, int to, WorkerPool pool)
    {
        const int Strip = 64;
        int strips = (rows.Columns + Strip - 1) / Strip;
        if ((long)(to - from) * rows.Columns < 1 << 14)
        {
            for (int strip = 0; strip < strips; strip++) Rotate(strip);
        }
        else
        {
            pool.Run(strips, Rotate);
        }

        void Rotate(int strip)
        {
            int start = strip * Strip, width = Math.Min(Strip, rows.Columns - start);
            for (int i = to - 1; i >= from; i--)
                VectorMath.Rotate(cosines[i], sines[i], rows.Row(i).Slice(start, width), rows.Row(i + 1).Slice(start, width));
        }
    }
}
