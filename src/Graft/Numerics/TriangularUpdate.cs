using Graft.Threads;

namespace Graft.Numerics;

/// <summary>Takes rows into a triangular factor: R of [R; B], so that R^T R grows by B^T B without a square ever being formed.</summary>
/// <remarks>
/// Blocked Householder reflectors that touch one row of R and all rows of B (LAPACK's dtpqrt), a panel of them made by halves (Elmroth and Gustavson, IBM J. Res. Dev. 44,
/// 2000): no work is done on R's zeros. B may be a part of a matrix that is too long for memory, the factor of other rows, or the root of a penalty times the identity.
/// </remarks>
internal static class TriangularUpdate
{
    // Wider panels read the rest of B less often; what they cost is their triangle.
    private const int Panel = 64;
    private const int Leaf = 8;

    /// <summary>Makes lower the transposed factor of [lower^T; columns^T].</summary>
    /// <param name="lower">R^T, [size, size]: row j holds column j of R. Nothing above its diagonal is read or written.</param>
    /// <param name="columns">B^T, [size, rows of B]: row j holds column j of B. Left as the reflectors.</param>
    /// <param name="pool">Runs the products.</param>
    /// <param name="triangular">B is upper triangular: of its column j only the first j + 1 rows are read.</param>
    /// <param name="cancellation">Stops the work, and leaves neither factor in a state of use.</param>
    public static void Fold(Target lower, Target columns, WorkerPool pool, bool triangular = false, CancellationToken cancellation = default)
    {
        int size = lower.Rows;
        double[] taus = new double[size];
        for (int first = 0; first < size; first += Panel)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(Panel, size - first), next = first + count;
            int height = triangular ? Math.Min(columns.Columns, next) : columns.Columns;
            Target rows = columns.Slice(0, 0, size, height);
            Reflect(lower, rows, taus, first, count, pool);
            Apply(lower, rows, taus, first, count, next, size - next, pool);
        }
    }

    private static void Reflect(Target lower, Target columns, double[] taus, int first, int count, WorkerPool pool)
    {
        if (count > Leaf)
        {
            int half = count / 2;
            Reflect(lower, columns, taus, first, half, pool);
            Apply(lower, columns, taus, first, half, first + half, count - half, pool);
            Reflect(lower, columns, taus, first + half, count - half, pool);
            return;
        }

        for (int j = first; j < first + count; j++)
        {
            Span<double> vector = columns.Row(j);
            (lower.Row(j)[j], taus[j]) = Reflectors.Make(lower.Row(j)[j], vector);
            for (int k = j + 1; k < first + count; k++)
            {
                Span<double> column = columns.Row(k);
                ref double head = ref lower.Row(k)[j];
                double along = taus[j] * (head + VectorMath.Dot(column, vector));
                head -= along;
                VectorMath.AddScaled(-along, vector, column);
            }
        }
    }

    // The reflectors of some columns, applied to others.
    private static void Apply(Target lower, Target columns, double[] taus, int first, int count, int from, int others, WorkerPool pool)
    {
        if (others == 0) return;
        Target vectors = columns.Slice(first, 0, count, columns.Columns), rest = columns.Slice(from, 0, others, columns.Columns);
        Target heads = lower.Slice(from, first, others, count);
        Matrix triangle = Reflectors.Triangle(vectors, taus.AsSpan(first, count), pool), inner = new(others, count);
        for (int k = 0; k < others; k++) heads.Row(k).CopyTo(inner.Row(k));
        Gemm.Accumulate(1, rest.Operand, vectors.Operand.Transposed, inner.Target, pool);
        Matrix weights = inner.Multiply(triangle, pool);
        for (int k = 0; k < others; k++) VectorMath.AddScaled(-1, weights.Row(k), heads.Row(k));
        Gemm.Accumulate(-1, weights.Operand, vectors.Operand, rest, pool);
    }
}
