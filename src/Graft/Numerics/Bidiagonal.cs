using Graft.Threads;

namespace Graft.Numerics;

/// <summary>
/// The reduction A = U B V^T of a square matrix to upper bidiagonal form: the dear part of a singular value decomposition, and all that is needed to solve
/// min |A x - b|^2 + penalty |x|^2 for many penalties at linear cost each, without squaring A.
/// </summary>
/// <remarks>
/// Golub and Kahan, "Calculating the singular values and pseudo-inverse of a matrix", SINUM 2, 1965; blocked as in LAPACK's dgebrd. For the use with many penalties:
/// Eldén, "Algorithms for the regularization of ill-conditioned least squares problems", BIT 17, 1977.
/// </remarks>
internal sealed class Bidiagonal
{
    private readonly Matrix left;
    private readonly Matrix right;
    private readonly double[] leftTaus;
    private readonly double[] rightTaus;
    private readonly WorkerPool pool;

    private Bidiagonal(Matrix left, double[] leftTaus, Matrix right, double[] rightTaus, double[] diagonal, double[] above, WorkerPool pool)
    {
        (this.left, this.leftTaus, this.right, this.rightTaus) = (left, leftTaus, right, rightTaus);
        (Diagonal, Above, this.pool) = (diagonal, above, pool);
    }

    /// <summary>B's diagonal, n values.</summary>
    public double[] Diagonal { get; }

    /// <summary>What lies above it, n - 1 values.</summary>
    public double[] Above { get; }

    public int Size => Diagonal.Length;

    /// <summary>Reduces a square matrix, which is overwritten.</summary>
    public static Bidiagonal Reduce(Matrix a, WorkerPool pool, CancellationToken cancellation = default)
    {
        int size = a.Rows;
        double[] diagonal = new double[size], above = new double[Math.Max(0, size - 1)];
        double[] leftTaus = new double[size], rightTaus = new double[above.Length];

        // Row j of these: the reflector that clears column j below the diagonal, and that which clears row j right of the diagonal's neighbour.
        Matrix left = new(size, size), right = new(above.Length, size);
        for (int first = 0; first < size; first += Reflectors.Block)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(Reflectors.Block, size - first);

            // What is to be taken from a: sum of v y^T and of x u^T over the panel's reflectors.
            Matrix y = new(count, size), x = new(count, size);
            for (int p = 0; p < count; p++)
            {
                int j = first + p;
                Span<double> v = left.Row(j)[j..];
                for (int i = j; i < size; i++) v[i - j] = a[i, j];
                for (int q = 0; q < p; q++)
                {
                    VectorMath.AddScaled(-y[q, j], left.Row(first + q)[j..], v);
                    VectorMath.AddScaled(-right[first + q, j], x.Row(q)[j..], v);
                }

                (diagonal[j], leftTaus[j]) = Reflectors.Make(v);
                if (j >= above.Length) continue;

                int next = j + 1;
                Span<double> along = y.Row(p)[next..];
                if (leftTaus[j] != 0)
                {
                    CombineRows(a, j, next, left.Memory.Slice((j * size) + j, size - j), y.Memory.Slice((p * size) + next, size - next), pool);
                    for (int q = 0; q < p; q++)
                    {
                        VectorMath.AddScaled(-VectorMath.Dot(left.Row(first + q)[j..], v), y.Row(q)[next..], along);
                        VectorMath.AddScaled(-VectorMath.Dot(x.Row(q)[j..], v), right.Row(first + q)[next..], along);
                    }

                    VectorMath.Scale(leftTaus[j], along);
                }

                Span<double> u = right.Row(j)[next..];
                a.Row(j)[next..].CopyTo(u);
                for (int q = 0; q <= p; q++) VectorMath.AddScaled(-left[first + q, j], y.Row(q)[next..], u);
                for (int q = 0; q < p; q++) VectorMath.AddScaled(-x[q, j], right.Row(first + q)[next..], u);
                (above[j], rightTaus[j]) = Reflectors.Make(u);
                if (rightTaus[j] == 0) continue;

                Span<double> across = x.Row(p)[next..];
                a.MultiplyCorner(next, right.Memory.Slice((j * size) + next, size - next), x.Memory.Slice((p * size) + next, size - next), pool);
                for (int q = 0; q <= p; q++) VectorMath.AddScaled(-VectorMath.Dot(y.Row(q)[next..], u), left.Row(first + q)[next..], across);
                for (int q = 0; q < p; q++) VectorMath.AddScaled(-VectorMath.Dot(right.Row(first + q)[next..], u), x.Row(q)[next..], across);
                VectorMath.Scale(rightTaus[j], across);
            }

            int end = first + count, rest = size - end;
            if (rest > 0)
            {
                Target trailing = a.Target.Slice(end, end, rest, rest);
                Gemm.Accumulate(-1, left.Operand.Slice(first, end, count, rest).Transposed, y.Operand.Slice(0, end, count, rest), trailing, pool);
                Gemm.Accumulate(-1, x.Operand.Slice(0, end, count, rest).Transposed, right.Operand.Slice(first, end, count, rest), trailing, pool);
            }
        }

        return new(left, leftTaus, right, rightTaus, diagonal, above, pool);
    }

    /// <summary>Each row z of D becomes U^T z.</summary>
    public void RotateLeft(Target rows) => Reflectors.ApplyAll(rows, left, leftTaus, 0, transposed: false, pool);

    /// <summary>Each row x of D becomes V^T x.</summary>
    public void RotateRight(Target rows) => Reflectors.ApplyAll(rows, right, rightTaus, 1, transposed: false, pool);

    /// <summary>Each row x of D becomes V x.</summary>
    public void RotateRightBack(Target rows) => Reflectors.ApplyAll(rows, right, rightTaus, 1, transposed: true, pool);

    // product = v^T a[top.., side..], four rows of a at a time.
    private static void CombineRows(Matrix a, int top, int side, ReadOnlyMemory<double> v, Memory<double> product, WorkerPool pool)
    {
        const int Strip = 128;
        int width = a.Columns - side, strips = (width + Strip - 1) / Strip;
        if (width < 256)
        {
            Combine(0, width);
            return;
        }

        pool.Run(strips, strip => Combine(strip * Strip, Math.Min(Strip, width - (strip * Strip))));

        void Combine(int start, int count)
        {
            Span<double> sum = product.Span.Slice(start, count);
            ReadOnlySpan<double> factors = v.Span;
            for (int i = 0; i < factors.Length; i++) VectorMath.AddScaled(factors[i], a.Row(top + i).Slice(side + start, count), sum);
        }
    }
}
