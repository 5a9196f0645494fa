using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Graft.Numerics;
using Graft.Simd;
using Graft.Threads;

namespace Graft.Readouts;

/// <summary>Rows of features and targets as the columns [1 | features | targets] of a ridge regression, in float64 and multiplied by the roots of their weights.</summary>
internal static class RidgeRows
{
    private const int Strip = 16;

    /// <summary>The transpose of the rows, [columns, rows]: for reflectors, which run along columns.</summary>
    public static void Columns<T>(Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, int leading, Matrix columns, WorkerPool pool)
        where T : unmanaged
    {
        if (leading > 0) columns.Row(0).Fill(1);
        Transpose(features, columns, leading, pool);
        Transpose(targets, columns, leading + features.Columns, pool);
        if (weights.IsEmpty) return;
        double[] roots = Roots(weights);
        for (int j = 0; j < columns.Rows; j++)
        {
            Span<double> column = columns.Row(j);
            for (int i = 0; i < column.Length; i++) column[i] *= roots[i];
        }
    }

    /// <summary>The columns [1 | features] of the rows as they are, less a shift a column, without the first columns that are to be skipped.</summary>
    public static Matrix Rows<T>(Operand<T> features, ReadOnlySpan<double> weights, int leading, int skipped, double[] shift, WorkerPool pool)
        where T : unmanaged
    {
        const int Chunk = 64;
        double[] roots = Roots(weights);
        Matrix rows = new(features.Rows, leading + features.Columns - skipped);
        pool.Run((rows.Rows + Chunk - 1) / Chunk, chunk =>
        {
            for (int i = chunk * Chunk; i < Math.Min((chunk + 1) * Chunk, rows.Rows); i++)
            {
                Span<double> row = rows.Row(i);
                if (leading > skipped) row[0] = 1;
                Widen(features.Data.Span.Slice(i * features.RowStride, features.Columns), row[(leading - skipped)..]);
                VectorMath.AddScaled(-1, shift.AsSpan(skipped, row.Length), row);
                if (roots.Length > 0) VectorMath.Scale(roots[i], row);
            }
        });
        return rows;
    }

    /// <summary>Packs the rows, less a shift a column, for the products of their columns.</summary>
    [MethodImpl(Compiled.Alone)]
    public static void Pack<T, TPacked>(
        Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, int leading, ReadOnlySpan<double> shift, PackedColumns<TPacked> packed)
        where T : unmanaged
        where TPacked : unmanaged
    {
        double[] row = new double[shift.Length];
        for (int i = 0; i < features.Rows; i++)
        {
            Copy(features, targets, i, leading, row);
            double root = weights.IsEmpty ? 1 : Math.Sqrt(weights[i]);
            for (int first = 0; first < row.Length; first += PackedColumns<TPacked>.Width)
                Center(row.AsSpan(first), shift[first..], root, packed.Part(i, first));
        }
    }

    /// <summary>The means of the first rows where the intercept is free, which any number near the mean may stand in for; zeros where it is not.</summary>
    public static double[] Shift<T>(Operand<T> features, Operand<double> targets, Intercept intercept)
        where T : unmanaged
    {
        int leading = intercept == Intercept.None ? 0 : 1;
        double[] shift = new double[leading + features.Columns + targets.Columns];
        if (intercept != Intercept.Free || features.Rows == 0) return shift;

        double[] row = new double[features.Columns];
        for (int i = 0; i < features.Rows; i++)
        {
            Widen(features.Data.Span.Slice(i * features.RowStride, features.Columns), row);
            VectorMath.AddScaled(1, row, shift.AsSpan(1, row.Length));
            VectorMath.AddScaled(1, targets.Data.Span.Slice(i * targets.RowStride, targets.Columns), shift.AsSpan(1 + row.Length));
        }

        VectorMath.Divide(shift, features.Rows);
        return shift;
    }

    /// <summary>Refuses rows that do not match, weights that are none, and values that are not finite.</summary>
    public static void Check<T>(Operand<T> x, Operand<double> y, ReadOnlySpan<double> weights, int features, int outputs, WorkerPool pool)
        where T : unmanaged
    {
        if (x.Rows != y.Rows || x.Columns != features || y.Columns != outputs)
        {
            throw new GraftException(
                $"Features and targets must have the same rows, {features} features and {outputs} outputs; [{x.Rows}, {x.Columns}] and [{y.Rows}, {y.Columns}] do not. " +
                "Cut off what has no counterpart (the washout, the last step).");
        }

        CheckWeights(weights, x.Rows);
        CheckFinite(x, "Features", "feature", pool);
        CheckFinite(y, "Targets", "output", pool);
    }

    private static void Copy<T>(Operand<T> features, Operand<double> targets, int row, int leading, Span<double> to)
        where T : unmanaged
    {
        if (leading > 0) to[0] = 1;
        Widen(features.Data.Span.Slice(row * features.RowStride, features.Columns), to.Slice(leading, features.Columns));
        targets.Data.Span.Slice(row * targets.RowStride, targets.Columns).CopyTo(to[(leading + features.Columns)..]);
    }

    private static void CheckWeights(ReadOnlySpan<double> weights, int rows)
    {
        if (!weights.IsEmpty && weights.Length != rows)
            throw new GraftException($"Row weights are one a row: {rows} rows, not {weights.Length} weights.");
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0) || !double.IsFinite(weights[i]))
                throw new GraftException($"Row weights are finite numbers, 0 or above; the weight of row {i} is {weights[i]}. Give a row that should not count 0.");
        }
    }

    /// <summary>Refuses values that are not finite, by row and column.</summary>
    public static void CheckFinite<T>(Operand<T> values, string what, string column, WorkerPool pool)
        where T : unmanaged
    {
        int[] strange = new int[(values.Rows + 255) / 256];
        pool.Run(strange.Length, part =>
        {
            for (int i = part * 256; i < Math.Min((part * 256) + 256, values.Rows) && strange[part] == 0; i++)
            {
                if (!AllFinite(values.Data.Span.Slice(i * values.RowStride, values.Columns))) strange[part] = i + 1;
            }
        });
        foreach (int found in strange)
        {
            if (found == 0) continue;
            ReadOnlySpan<T> row = values.Data.Span.Slice((found - 1) * values.RowStride, values.Columns);
            for (int j = 0; j < row.Length; j++)
            {
                if (!double.IsFinite(ToDouble(row[j])))
                {
                    throw new GraftException(
                        $"{what} must be finite; {column} {j} of row {found - 1} is {ToDouble(row[j])}. Fill in or leave out missing values; a network that overflows needs a smaller scale.");
                }
            }
        }
    }

    [MethodImpl(Compiled.Alone)]
    private static bool AllFinite<T>(ReadOnlySpan<T> row)
        where T : unmanaged
    {
        // 0 x is 0 for every finite x and NaN for all others: the sum needs no branch.
        int i = 0;
        if (typeof(T) == typeof(double))
        {
            ReadOnlySpan<double> doubles = MemoryMarshal.Cast<T, double>(row);
            ref double first = ref MemoryMarshal.GetReference(doubles);
            Vector256<double> sums = default;
            for (; i <= doubles.Length - 4; i += 4) sums += Vector256<double>.Zero * Vector256.LoadUnsafe(ref first, (nuint)i);
            double sum = Vector256.Sum(sums);
            for (; i < doubles.Length; i++) sum += 0 * doubles[i];
            return sum == 0;
        }

        ReadOnlySpan<float> singles = MemoryMarshal.Cast<T, float>(row);
        ref float start = ref MemoryMarshal.GetReference(singles);
        Vector256<float> totals = default;
        for (; i <= singles.Length - 8; i += 8) totals += Vector256<float>.Zero * Vector256.LoadUnsafe(ref start, (nuint)i);
        float total = Vector256.Sum(totals);
        for (; i < singles.Length; i++) total += 0 * singles[i];
        return total == 0;
    }

    private static double[] Roots(ReadOnlySpan<double> weights)
    {
        double[] roots = new double[weights.Length];
        for (int i = 0; i < roots.Length; i++) roots[i] = Math.Sqrt(weights[i]);
        return roots;
    }

    private static void Transpose<T>(Operand<T> rows, Matrix columns, int first, WorkerPool pool)
        where T : unmanaged
    {
        pool.Run((rows.Columns + Strip - 1) / Strip, strip =>
        {
            ReadOnlySpan<T> data = rows.Data.Span;
            int end = Math.Min((strip + 1) * Strip, rows.Columns);
            for (int top = 0; top < rows.Rows; top += Strip)
            {
                int bottom = Math.Min(top + Strip, rows.Rows);
                for (int j = strip * Strip; j < end; j++)
                {
                    Span<double> to = columns.Row(first + j);
                    for (int i = top; i < bottom; i++) to[i] = ToDouble(data[(i * rows.RowStride) + j]);
                }
            }
        });
    }

    [MethodImpl(Compiled.Alone)]
    private static void Widen<T>(ReadOnlySpan<T> from, Span<double> to)
        where T : unmanaged
    {
        int i = 0;
        if (typeof(T) == typeof(double))
        {
            MemoryMarshal.Cast<T, double>(from).CopyTo(to);
            return;
        }

        ref float singles = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<T, float>(from));
        ref double doubles = ref MemoryMarshal.GetReference(to[..from.Length]);
        for (; i <= from.Length - 8; i += 8)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.LoadUnsafe(ref singles, (nuint)i));
            low.StoreUnsafe(ref doubles, (nuint)i);
            high.StoreUnsafe(ref doubles, (nuint)i + 4);
        }

        for (; i < from.Length; i++) to[i] = ToDouble(from[i]);
    }

    // (row - shift) root, rounded to what is wanted.
    [MethodImpl(Compiled.Alone)]
    private static void Center<T>(ReadOnlySpan<double> row, ReadOnlySpan<double> shift, double root, Span<T> to)
        where T : unmanaged
    {
        ref double x = ref MemoryMarshal.GetReference(row[..to.Length]), less = ref MemoryMarshal.GetReference(shift[..to.Length]);
        ref T centred = ref MemoryMarshal.GetReference(to);
        Vector256<double> factor = Vector256.Create(root);
        int i = 0;
        for (; i <= to.Length - 8; i += 8)
        {
            Vector256<double> low = (Vector256.LoadUnsafe(ref x, (nuint)i) - Vector256.LoadUnsafe(ref less, (nuint)i)) * factor;
            Vector256<double> high = (Vector256.LoadUnsafe(ref x, (nuint)i + 4) - Vector256.LoadUnsafe(ref less, (nuint)i + 4)) * factor;
            if (typeof(T) == typeof(float))
            {
                Vector256.Narrow(low, high).StoreUnsafe(ref Unsafe.As<T, float>(ref centred), (nuint)i);
                continue;
            }

            low.StoreUnsafe(ref Unsafe.As<T, double>(ref centred), (nuint)i);
            high.StoreUnsafe(ref Unsafe.As<T, double>(ref centred), (nuint)i + 4);
        }

        for (; i < to.Length; i++)
        {
            double value = (row[i] - shift[i]) * root;
            to[i] = typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>((float)value) : Unsafe.BitCast<double, T>(value);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double ToDouble<T>(T value)
        where T : unmanaged => typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(value) : Unsafe.BitCast<T, double>(value);
}
