using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Graft.Simd;
using Graft.Threads;

namespace Graft.Numerics;

/// <summary>Solves with a lower triangular matrix, recursively, so that nearly all the work is matrix products.</summary>
internal static class Triangular
{
    private const int Leaf = 48;
    private const int Strip = 16;

    /// <summary>X becomes X L^-T: each row x of it becomes L^-1 x.</summary>
    public static void SolveRows(Target lower, Target rows, WorkerPool pool)
    {
        int size = lower.Rows;
        if (size > Leaf)
        {
            int half = Half(size);
            Target left = rows.Slice(0, 0, rows.Rows, half), right = rows.Slice(0, half, rows.Rows, size - half);
            SolveRows(lower.Slice(0, 0, half, half), left, pool);
            Gemm.Accumulate(-1, left.Operand, lower.Slice(half, 0, size - half, half).Operand.Transposed, right, pool);
            SolveRows(lower.Slice(half, half, size - half, size - half), right, pool);
            return;
        }

        const int Chunk = 64;
        pool.Run((rows.Rows + Chunk - 1) / Chunk, chunk =>
        {
            int end = Math.Min((chunk + 1) * Chunk, rows.Rows);
            for (int first = chunk * Chunk; first < end; first += Strip) SolveStrip(lower, rows.Slice(first, 0, Math.Min(Strip, end - first), size));
        });
    }

    /// <summary>B becomes L^-1 B.</summary>
    public static void Solve(Target lower, Target right, WorkerPool pool)
    {
        int size = lower.Rows;
        if (size > Leaf)
        {
            int half = Half(size);
            Target top = right.Slice(0, 0, half, right.Columns), bottom = right.Slice(half, 0, size - half, right.Columns);
            Solve(lower.Slice(0, 0, half, half), top, pool);
            Gemm.Accumulate(-1, lower.Slice(half, 0, size - half, half).Operand, top.Operand, bottom, pool);
            Solve(lower.Slice(half, half, size - half, size - half), bottom, pool);
            return;
        }

        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < i; j++) VectorMath.AddScaled(-lower.Row(i)[j], right.Row(j), right.Row(i));
            Divide(right.Row(i), lower.Row(i)[i]);
        }
    }

    /// <summary>B becomes L^-T B.</summary>
    public static void SolveTransposed(Target lower, Target right, WorkerPool pool)
    {
        int size = lower.Rows;
        if (size > Leaf)
        {
            int half = Half(size);
            Target top = right.Slice(0, 0, half, right.Columns), bottom = right.Slice(half, 0, size - half, right.Columns);
            SolveTransposed(lower.Slice(half, half, size - half, size - half), bottom, pool);
            Gemm.Accumulate(-1, lower.Slice(half, 0, size - half, half).Operand.Transposed, bottom.Operand, top, pool);
            SolveTransposed(lower.Slice(0, 0, half, half), top, pool);
            return;
        }

        for (int i = size - 1; i >= 0; i--)
        {
            Divide(right.Row(i), lower.Row(i)[i]);
            for (int j = 0; j < i; j++) VectorMath.AddScaled(-lower.Row(i)[j], right.Row(i), right.Row(j));
        }
    }

    /// <summary>Where to cut: at a multiple of the leaf, so that the leaves are full.</summary>
    public static int Half(int size) => ((size / 2) + Leaf - 1) / Leaf * Leaf;

    private static void Divide(Span<double> values, double divisor)
    {
        for (int i = 0; i < values.Length; i++) values[i] /= divisor;
    }

    // Rows side by side, one a lane: what each waits for, the others need not.
    [MethodImpl(Compiled.Alone)]
    private static void SolveStrip(Target lower, Target rows)
    {
        Span<double> lanes = stackalloc double[Leaf * Strip];
        lanes.Clear();
        for (int i = 0; i < rows.Rows; i++)
        {
            ReadOnlySpan<double> row = rows.Row(i);
            for (int j = 0; j < row.Length; j++) lanes[(j * Strip) + i] = row[j];
        }

        ref double x = ref MemoryMarshal.GetReference(lanes);
        for (int j = 0; j < rows.Columns; j++)
        {
            ReadOnlySpan<double> factors = lower.Row(j)[..(j + 1)];
            nuint at = (nuint)(j * Strip);
            Vector256<double> s0 = Vector256.LoadUnsafe(ref x, at), s1 = Vector256.LoadUnsafe(ref x, at + 4);
            Vector256<double> s2 = Vector256.LoadUnsafe(ref x, at + 8), s3 = Vector256.LoadUnsafe(ref x, at + 12);
            for (int k = 0; k < j; k++)
            {
                nuint from = (nuint)(k * Strip);
                Vector256<double> factor = Vector256.Create(-factors[k]);
                s0 = Vector256.MultiplyAddEstimate(factor, Vector256.LoadUnsafe(ref x, from), s0);
                s1 = Vector256.MultiplyAddEstimate(factor, Vector256.LoadUnsafe(ref x, from + 4), s1);
                s2 = Vector256.MultiplyAddEstimate(factor, Vector256.LoadUnsafe(ref x, from + 8), s2);
                s3 = Vector256.MultiplyAddEstimate(factor, Vector256.LoadUnsafe(ref x, from + 12), s3);
            }

            Vector256<double> pivot = Vector256.Create(factors[j]);
            (s0 / pivot).StoreUnsafe(ref x, at);
            (s1 / pivot).StoreUnsafe(ref x, at + 4);
            (s2 / pivot).StoreUnsafe(ref x, at + 8);
            (s3 / pivot).StoreUnsafe(ref x, at + 12);
        }

        for (int i = 0; i < rows.Rows; i++)
        {
            Span<double> row = rows.Row(i);
            for (int j = 0; j < row.Length; j++) row[j] = lanes[(j * Strip) + i];
        }
    }
}
