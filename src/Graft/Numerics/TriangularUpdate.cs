namespace Graft.Numerics;

/// <summary>Takes rows into a triangular factor: R of [R; B], so that R^T R grows by B^T B without a square ever being formed.</summary>
/// <remarks>
/// Blocked Householder reflectors that touch one row of R and all rows of B (LAPACK's dtpqrt): no work is done on R's zeros. B may be a part of a matrix that is too
/// long for memory, the factor of other rows, or the square root of a penalty times the identity.
/// </remarks>
internal static class TriangularUpdate
{
    /// <summary>Makes lower the transposed factor of [lower^T; rows^T].</summary>
    /// <param name="lower">R^T, [size, size]: row j holds column j of R. Nothing above its diagonal is read or written.</param>
    /// <param name="columns">B^T, [size, rows of B]: row j holds column j of B. Left as the reflectors.</param>
    /// <param name="triangular">B is upper triangular: of its column j only the first j + 1 rows are read.</param>
    /// <param name="cancellation">Stops the work, and leaves neither factor in a state of use.</param>
    public static void Fold(Target lower, Target columns, bool triangular = false, CancellationToken cancellation = default)
    {
        int size = lower.Rows;
        var taus = new double[Reflectors.Block];
        for (int first = 0; first < size; first += Reflectors.Block)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(Reflectors.Block, size - first), next = first + count;
            int height = triangular ? Math.Min(columns.Columns, next) : columns.Columns;
            for (int j = first; j < next; j++)
            {
                Span<double> vector = columns.Row(j)[..height];
                (lower.Row(j)[j], taus[j - first]) = Reflectors.Make(lower.Row(j)[j], vector);
                for (int k = j + 1; k < next; k++)
                {
                    Span<double> column = columns.Row(k)[..height];
                    ref double head = ref lower.Row(k)[j];
                    double along = taus[j - first] * (head + VectorMath.Dot(column, vector));
                    head -= along;
                    VectorMath.AddScaled(-along, vector, column);
                }
            }

            if (next < size)
            {
                Target vectors = columns.Slice(first, 0, count, height), rest = columns.Slice(next, 0, size - next, height);
                Matrix triangle = Reflectors.Triangle(vectors, taus.AsSpan(0, count)), inner = new(size - next, count);
                for (int k = next; k < size; k++)
                    lower.Row(k).Slice(first, count).CopyTo(inner.Row(k - next));
                Gemm.Accumulate(1, rest.Operand, vectors.Operand.Transposed, inner.Target);
                Matrix weights = inner.Multiply(triangle);
                for (int k = next; k < size; k++)
                    VectorMath.AddScaled(-1, weights.Row(k - next), lower.Row(k).Slice(first, count));
                Gemm.Accumulate(-1, weights.Operand, vectors.Operand, rest);
            }
        }
    }
}
