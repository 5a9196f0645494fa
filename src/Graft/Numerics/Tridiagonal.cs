using Graft.Threads;

namespace Graft.Numerics;

/// <summary>
/// The reduction A = Q T Q^T of a symmetric matrix to tridiagonal form: the dear part of an eigendecomposition, and all that is needed to solve
/// (A + penalty I) X = B for many penalties at linear cost each.
/// </summary>
/// <remarks>
/// Dongarra, Hammarling, Sorensen, "Block reduction of matrices to condensed forms", 1989 (LAPACK's dsytrd). For the use with many penalties:
/// Eldén, "Algorithms for the regularization of ill-conditioned least squares problems", BIT 17, 1977.
/// </remarks>
internal sealed class Tridiagonal
{
    private readonly Matrix vectors;
    private readonly double[] taus;
    private readonly WorkerPool pool;

    private Tridiagonal(double[] diagonal, double[] offDiagonal, Matrix vectors, double[] taus, WorkerPool pool)
    {
        (Diagonal, OffDiagonal) = (diagonal, offDiagonal);
        (this.vectors, this.taus, this.pool) = (vectors, taus, pool);
    }

    /// <summary>T's diagonal, n values.</summary>
    public double[] Diagonal { get; }

    /// <summary>T's other diagonal, n - 1 values.</summary>
    public double[] OffDiagonal { get; }

    /// <summary>Reduces a symmetric matrix (both triangles filled in).</summary>
    public static Tridiagonal Reduce(Matrix symmetric, WorkerPool pool, CancellationToken cancellation = default)
    {
        int size = symmetric.Rows;
        Matrix a = symmetric.Copy();
        double[] diagonal = new double[size], off = new double[Math.Max(0, size - 1)], taus = new double[off.Length];

        // Row j holds the reflector that clears column j below its subdiagonal: it acts on entries j + 1 and up.
        Matrix vectors = new(off.Length, size);
        for (int first = 0; first < size; first += Reflectors.Block)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(Reflectors.Block, size - first);
            int reflected = Math.Min(count, off.Length - first);
            Matrix w = new(Math.Max(reflected, 0), size);
            for (int p = 0; p < count; p++)
            {
                int j = first + p;
                Span<double> column = a.Row(j)[j..];
                for (int q = 0; q < p; q++)
                {
                    VectorMath.AddScaled(-w[q, j], vectors.Row(first + q)[j..], column);
                    VectorMath.AddScaled(-vectors[first + q, j], w.Row(q)[j..], column);
                }

                diagonal[j] = column[0];
                if (j >= off.Length) continue;

                Span<double> vector = vectors.Row(j)[(j + 1)..];
                column[1..].CopyTo(vector);
                (off[j], taus[j]) = Reflectors.Make(vector);
                if (taus[j] == 0) continue;

                Span<double> product = w.Row(p)[(j + 1)..];
                a.MultiplyCorner(j + 1, vectors.Memory.Slice((j * size) + j + 1, size - j - 1), w.Memory.Slice((p * size) + j + 1, size - j - 1), pool);
                for (int q = 0; q < p; q++)
                {
                    ReadOnlySpan<double> v = vectors.Row(first + q)[(j + 1)..], earlier = w.Row(q)[(j + 1)..];
                    double alongW = VectorMath.Dot(earlier, vector), alongV = VectorMath.Dot(v, vector);
                    VectorMath.AddScaled(-alongW, v, product);
                    VectorMath.AddScaled(-alongV, earlier, product);
                }

                VectorMath.Scale(taus[j], product);
                VectorMath.AddScaled(-0.5 * taus[j] * VectorMath.Dot(product, vector), vector, product);
            }

            int next = first + count;
            if (next < size)
            {
                int rest = size - next;
                Operand<double> v = vectors.Operand.Slice(first, next, count, rest), product = w.Operand.Slice(0, next, count, rest);
                Target trailing = a.Target.Slice(next, next, rest, rest);
                Gemm.Accumulate(-1, v.Transposed, product, trailing, pool);
                Gemm.Accumulate(-1, product.Transposed, v, trailing, pool);
            }
        }

        return new(diagonal, off, vectors, taus, pool);
    }

    /// <summary>Each row x of D becomes Q^T x.</summary>
    public void RotateRows(Target rows) => Reflectors.ApplyAll(rows, vectors, taus, 1, transposed: false, pool);

    /// <summary>Each row x of D becomes Q x.</summary>
    public void RotateRowsBack(Target rows) => Reflectors.ApplyAll(rows, vectors, taus, 1, transposed: true, pool);
}
