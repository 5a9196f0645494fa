using System.Runtime.CompilerServices;
using Graft.Numerics;

namespace Graft.Readouts;

/// <summary>Rows of features and targets as the columns [1 | features | targets] of a ridge regression, in float64 and multiplied by the roots of their weights.</summary>
internal static class RidgeRows
{
    private const int Strip = 16;

    /// <summary>The transpose of the rows, [columns, rows]: for reflectors, which run along columns.</summary>
    public static void Columns<T>(Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, int leading, Matrix columns)
        where T : unmanaged
    {
        if (leading > 0)
            columns.Row(0).Fill(1);
        Transpose(features, columns, leading);
        Transpose(targets, columns, leading + features.Columns);
        if (weights.IsEmpty)
            return;
        double[] roots = Roots(weights);
        for (int j = 0; j < columns.Rows; j++)
        {
            Span<double> column = columns.Row(j);
            for (int i = 0; i < column.Length; i++)
                column[i] *= roots[i];
        }
    }

    /// <summary>The rows as they are, less a shift a column.</summary>
    public static void Rows<T>(Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, int leading, ReadOnlySpan<double> shift, Matrix rows)
        where T : unmanaged
    {
        for (int i = 0; i < rows.Rows; i++)
        {
            Span<double> to = rows.Row(i);
            if (leading > 0)
                to[0] = 1;
            Widen(features.Data.Span.Slice(i * features.RowStride, features.Columns), to.Slice(leading, features.Columns));
            targets.Data.Span.Slice(i * targets.RowStride, targets.Columns).CopyTo(to[(leading + features.Columns)..]);
            VectorMath.AddScaled(-1, shift, to);
            if (!weights.IsEmpty)
                VectorMath.Scale(Math.Sqrt(weights[i]), to);
        }
    }

    /// <summary>The means of the first rows where the intercept is free, which any number near the mean may stand in for; zeros where it is not.</summary>
    public static double[] Shift<T>(Operand<T> features, Operand<double> targets, Intercept intercept)
        where T : unmanaged
    {
        int leading = intercept == Intercept.None ? 0 : 1;
        var shift = new double[leading + features.Columns + targets.Columns];
        if (intercept != Intercept.Free || features.Rows == 0)
            return shift;

        var row = new double[features.Columns];
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
    public static void Check<T>(Operand<T> x, Operand<double> y, ReadOnlySpan<double> weights, int features, int outputs)
        where T : unmanaged
    {
        if (x.Rows != y.Rows || x.Columns != features || y.Columns != outputs)
        {
            throw new GraftException(
                $"Features and targets must have the same rows, {features} features and {outputs} outputs; [{x.Rows}, {x.Columns}] and [{y.Rows}, {y.Columns}] do not. " +
                "Cut off what has no counterpart (the washout, the last step).");
        }

        CheckWeights(weights, x.Rows);
        CheckFinite(x, "Features", "feature");
        CheckFinite(y, "Targets", "output");
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
    public static void CheckFinite<T>(Operand<T> values, string what, string column)
        where T : unmanaged
    {
        var strange = new int[(values.Rows + 255) / 256];
        ForkJoin.Run(strange.Length, part =>
        {
            for (int i = part * 256; i < Math.Min(part * 256 + 256, values.Rows) && strange[part] == 0; i++)
            {
                if (!AllFinite(values.Data.Span.Slice(i * values.RowStride, values.Columns)))
                    strange[part] = i + 1;
            }
        });
        foreach (int found in strange)
        {
            if (found == 0)
                continue;
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

    private static bool AllFinite<T>(ReadOnlySpan<T> row)
        where T : unmanaged
    {
        // 0 x is 0 for every finite x and NaN for all others: the sum needs no branch.
        if (typeof(T) == typeof(double))
        {
            var values = System.Runtime.InteropServices.MemoryMarshal.Cast<T, double>(row);
            double sum = 0, other = 0;
            int i = 0;
            for (; i <= values.Length - 2; i += 2)
            {
                sum += 0 * values[i];
                other += 0 * values[i + 1];
            }

            return sum + other == 0 && (i == values.Length || double.IsFinite(values[i]));
        }

        var singles = System.Runtime.InteropServices.MemoryMarshal.Cast<T, float>(row);
        float total = 0;
        foreach (float value in singles)
            total += 0 * value;
        return total == 0;
    }

    private static double[] Roots(ReadOnlySpan<double> weights)
    {
        var roots = new double[weights.Length];
        for (int i = 0; i < roots.Length; i++)
            roots[i] = Math.Sqrt(weights[i]);
        return roots;
    }

    private static void Transpose<T>(Operand<T> rows, Matrix columns, int first)
        where T : unmanaged
    {
        ForkJoin.Run((rows.Columns + Strip - 1) / Strip, strip =>
        {
            ReadOnlySpan<T> data = rows.Data.Span;
            int end = Math.Min((strip + 1) * Strip, rows.Columns);
            for (int top = 0; top < rows.Rows; top += Strip)
            {
                int bottom = Math.Min(top + Strip, rows.Rows);
                for (int j = strip * Strip; j < end; j++)
                {
                    Span<double> to = columns.Row(first + j);
                    for (int i = top; i < bottom; i++)
                        to[i] = ToDouble(data[i * rows.RowStride + j]);
                }
            }
        });
    }

    private static void Widen<T>(ReadOnlySpan<T> from, Span<double> to)
        where T : unmanaged
    {
        for (int i = 0; i < from.Length; i++)
            to[i] = ToDouble(from[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double ToDouble<T>(T value)
        where T : unmanaged => typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(value) : Unsafe.BitCast<T, double>(value);
}
