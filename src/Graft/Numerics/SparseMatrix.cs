namespace Graft.Numerics;

/// <summary>A sparse matrix of float64, row after row (CSR): row i has the columns and values from <c>RowStarts[i]</c> up to <c>RowStarts[i + 1]</c>, columns rising.</summary>
public sealed class SparseMatrix
{
    private readonly int[] rowStarts, columnIndices;
    private readonly double[] values;

    /// <summary>Makes a matrix over arrays, which it keeps and does not copy.</summary>
    /// <exception cref="GraftException">The arrays do not describe a matrix of that size, or a value is not finite.</exception>
    public SparseMatrix(int rows, int columns, int[] rowStarts, int[] columnIndices, double[] values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentNullException.ThrowIfNull(rowStarts);
        ArgumentNullException.ThrowIfNull(columnIndices);
        ArgumentNullException.ThrowIfNull(values);
        (Rows, Columns, this.rowStarts, this.columnIndices, this.values) = (rows, columns, rowStarts, columnIndices, values);
        Check();
        Numerics.Finite.Check(values, "A sparse matrix");
    }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>The number of values stored.</summary>
    public int Count => values.Length;

    /// <summary>Where each row starts, and at the end the number of values: rows + 1 numbers.</summary>
    public ReadOnlySpan<int> RowStarts => rowStarts;

    /// <summary>The column of each value.</summary>
    public ReadOnlySpan<int> ColumnIndices => columnIndices;

    /// <summary>The values.</summary>
    public ReadOnlySpan<double> Values => values;

    /// <summary>The matrix with every element stored.</summary>
    public Numerics.Matrix ToDense()
    {
        Numerics.Matrix dense = new(Rows, Columns);
        for (int i = 0; i < Rows; i++)
        {
            for (int k = rowStarts[i]; k < rowStarts[i + 1]; k++) dense[i, columnIndices[k]] = values[k];
        }

        return dense;
    }

    /// <summary>y = A x.</summary>
    /// <exception cref="ArgumentException">A size is not that of the matrix.</exception>
    public void Multiply(ReadOnlySpan<double> x, Span<double> y)
    {
        if (x.Length != Columns || y.Length != Rows)
            throw new ArgumentException($"A matrix of {Rows} x {Columns} takes {Columns} numbers to {Rows}, not {x.Length} to {y.Length}.");
        for (int i = 0; i < y.Length; i++)
        {
            double sum = 0;
            for (int k = rowStarts[i]; k < rowStarts[i + 1]; k++) sum += values[k] * x[columnIndices[k]];
            y[i] = sum;
        }
    }

    /// <summary>y = A^T x.</summary>
    /// <exception cref="ArgumentException">A size is not that of the matrix.</exception>
    public void TransposeMultiply(ReadOnlySpan<double> x, Span<double> y)
    {
        if (x.Length != Rows || y.Length != Columns)
            throw new ArgumentException($"The transpose of a matrix of {Rows} x {Columns} takes {Rows} numbers to {Columns}, not {x.Length} to {y.Length}.");
        y.Clear();
        for (int i = 0; i < x.Length; i++)
        {
            for (int k = rowStarts[i]; k < rowStarts[i + 1]; k++) y[columnIndices[k]] += values[k] * x[i];
        }
    }

    /// <summary>The matrix with other values in the same places.</summary>
    internal SparseMatrix With(double[] others) => new(Rows, Columns, rowStarts, columnIndices, others);

    private void Check()
    {
        if (rowStarts.Length != Rows + 1 || rowStarts[0] != 0 || rowStarts[^1] != values.Length || columnIndices.Length != values.Length)
        {
            throw new GraftException(
                $"A sparse matrix of {Amount.Of(Rows, "row")} has {Rows + 1} row starts, from 0 to the number of values, and a column for each value; {Amount.Of(rowStarts.Length, "start")}, {Amount.Of(columnIndices.Length, "column")} and {Amount.Of(values.Length, "value")} do not fit.");
        }

        for (int i = 0; i < Rows; i++)
        {
            if (rowStarts[i + 1] < rowStarts[i])
                throw new GraftException($"Row {i} of a sparse matrix ends at {rowStarts[i + 1]}, before its start at {rowStarts[i]}. Row starts never fall.");
        }

        for (int i = 0; i < Rows; i++)
        {
            for (int k = rowStarts[i], last = -1; k < rowStarts[i + 1]; last = columnIndices[k++])
            {
                if (columnIndices[k] <= last || columnIndices[k] >= Columns)
                    throw new GraftException($"Row {i} of a sparse matrix names column {columnIndices[k]} after column {last}; columns rise and stay below {Columns}. Sort each row and name a column once.");
            }
        }
    }
}
