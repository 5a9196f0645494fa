using Graft.Threads;

namespace Graft.Numerics;

/// <summary>Householder reflectors H = I - tau v v^T, one at a time and in blocks.</summary>
/// <remarks>Schreiber and Van Loan, "A storage-efficient WY representation for products of Householder transformations", SISSC 10(1), 1989.</remarks>
internal static class Reflectors
{
    /// <summary>How many reflectors are applied together.</summary>
    public const int Block = 32;

    /// <summary>
    /// Turns x into v with v[0] = 1 such that H x = (beta, 0, ...). Returns beta and tau; tau is 0 where nothing is to be done.
    /// </summary>
    public static (double Beta, double Tau) Make(Span<double> x)
    {
        double alpha = x[0];
        x[0] = 1;
        return Make(alpha, x[1..]);
    }

    /// <summary>The same for x whose first value lies elsewhere: what follows it becomes v without its leading 1.</summary>
    public static (double Beta, double Tau) Make(double alpha, Span<double> rest)
    {
        double tail = VectorMath.Norm(rest);
        if (tail == 0) return (alpha, 0);

        // Scaled, so that the hypotenuse and the division below neither overflow nor underflow.
        double scale = Math.Max(Math.Abs(alpha), tail);
        double length = scale * Math.Sqrt((alpha / scale * (alpha / scale)) + (tail / scale * (tail / scale)));
        double beta = alpha >= 0 ? -length : length;
        double head = alpha - beta;
        VectorMath.Divide(rest, head);
        return (beta, head / -beta);
    }

    /// <summary>The upper triangular T of the product of a block's reflectors, H1 H2 ... Hk = I - V T V^T.</summary>
    /// <param name="vectors">V^T: one reflector a row.</param>
    /// <param name="taus">One tau a reflector.</param>
    /// <param name="pool">Runs the products.</param>
    public static Matrix Triangle(Target vectors, ReadOnlySpan<double> taus, WorkerPool pool)
    {
        int count = vectors.Rows;
        Matrix triangle = new(count, count);
        Matrix products = new(count, count);
        Gemm.Accumulate(1, vectors.Operand, vectors.Operand.Transposed, products.Target, pool);
        for (int j = 0; j < count; j++)
        {
            triangle[j, j] = taus[j];
            for (int i = 0; i < j; i++)
            {
                double sum = 0;
                for (int k = i; k < j; k++) sum += triangle[i, k] * products[k, j];
                triangle[i, j] = -taus[j] * sum;
            }
        }

        return triangle;
    }

    /// <summary>D becomes D (I - V T V^T), or with the transpose of T: each row of D is a vector that is transformed.</summary>
    public static void Apply(Target rows, Target vectors, Matrix triangle, bool transposed, WorkerPool pool)
    {
        Matrix inner = new(rows.Rows, vectors.Rows);
        Gemm.Accumulate(1, rows.Operand, vectors.Operand.Transposed, inner.Target, pool);
        Matrix weights = transposed ? inner.MultiplyTranspose(triangle, pool) : inner.Multiply(triangle, pool);
        Gemm.Accumulate(-1, weights.Operand, vectors.Operand, rows, pool);
    }

    /// <summary>
    /// Each row of D is transformed by the product of many reflectors, or by its transpose. Reflector j lies in row j of the vectors, acts on entries
    /// j + offset and up, and has its leading 1 there.
    /// </summary>
    public static void ApplyAll(Target rows, Matrix vectors, double[] taus, int offset, bool transposed, WorkerPool pool)
    {
        int reflectors = taus.Length, blocks = (reflectors + Block - 1) / Block;
        for (int i = 0; i < blocks; i++)
        {
            int first = (transposed ? blocks - 1 - i : i) * Block, count = Math.Min(Block, reflectors - first), start = first + offset;
            Target block = vectors.Target.Slice(first, start, count, vectors.Columns - start);
            Matrix triangle = Triangle(block, taus.AsSpan(first, count), pool);
            Apply(rows.Slice(0, start, rows.Rows, vectors.Columns - start), block, triangle, transposed, pool);
        }
    }
}
