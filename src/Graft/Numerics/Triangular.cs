namespace Graft.Numerics;

/// <summary>Solves with a lower triangular matrix, recursively, so that nearly all the work is matrix products.</summary>
internal static class Triangular
{
    private const int Leaf = 48;

    /// <summary>X becomes X L^-T: each row x of it becomes L^-1 x.</summary>
    public static void SolveRows(Target lower, Target rows)
    {
        int size = lower.Rows;
        if (size > Leaf)
        {
            int half = Half(size);
            Target left = rows.Slice(0, 0, rows.Rows, half), right = rows.Slice(0, half, rows.Rows, size - half);
            SolveRows(lower.Slice(0, 0, half, half), left);
            Gemm.Accumulate(-1, left.Operand, lower.Slice(half, 0, size - half, half).Operand.Transposed, right);
            SolveRows(lower.Slice(half, half, size - half, size - half), right);
            return;
        }

        const int Chunk = 64;
        ForkJoin.Run((rows.Rows + Chunk - 1) / Chunk, chunk =>
        {
            for (int i = chunk * Chunk; i < Math.Min((chunk + 1) * Chunk, rows.Rows); i++)
            {
                Span<double> x = rows.Row(i);
                for (int j = 0; j < size; j++)
                {
                    Span<double> row = lower.Row(j);
                    x[j] = (x[j] - VectorMath.Dot(x[..j], row[..j])) / row[j];
                }
            }
        });
    }

    /// <summary>B becomes L^-1 B.</summary>
    public static void Solve(Target lower, Target right)
    {
        int size = lower.Rows;
        if (size > Leaf)
        {
            int half = Half(size);
            Target top = right.Slice(0, 0, half, right.Columns), bottom = right.Slice(half, 0, size - half, right.Columns);
            Solve(lower.Slice(0, 0, half, half), top);
            Gemm.Accumulate(-1, lower.Slice(half, 0, size - half, half).Operand, top.Operand, bottom);
            Solve(lower.Slice(half, half, size - half, size - half), bottom);
            return;
        }

        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < i; j++)
                VectorMath.AddScaled(-lower.Row(i)[j], right.Row(j), right.Row(i));
            Divide(right.Row(i), lower.Row(i)[i]);
        }
    }

    /// <summary>B becomes L^-T B.</summary>
    public static void SolveTransposed(Target lower, Target right)
    {
        int size = lower.Rows;
        if (size > Leaf)
        {
            int half = Half(size);
            Target top = right.Slice(0, 0, half, right.Columns), bottom = right.Slice(half, 0, size - half, right.Columns);
            SolveTransposed(lower.Slice(half, half, size - half, size - half), bottom);
            Gemm.Accumulate(-1, lower.Slice(half, 0, size - half, half).Operand.Transposed, bottom.Operand, top);
            SolveTransposed(lower.Slice(0, 0, half, half), top);
            return;
        }

        for (int i = size - 1; i >= 0; i--)
        {
            Divide(right.Row(i), lower.Row(i)[i]);
            for (int j = 0; j < i; j++)
                VectorMath.AddScaled(-lower.Row(i)[j], right.Row(i), right.Row(j));
        }
    }

    /// <summary>Where to cut: at a multiple of the leaf, so that the leaves are full.</summary>
    public static int Half(int size) => (size / 2 + Leaf - 1) / Leaf * Leaf;

    private static void Divide(Span<double> values, double divisor)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] /= divisor;
    }
}
