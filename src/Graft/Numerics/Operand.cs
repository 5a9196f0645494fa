namespace Graft.Numerics;

/// <summary>A window on a matrix, read by a product: float32 or float64, with any strides, so that a transpose costs nothing.</summary>
internal readonly struct Operand<T>(ReadOnlyMemory<T> data, int rows, int columns, int rowStride, int columnStride)
    where T : unmanaged
{
    public ReadOnlyMemory<T> Data { get; } = data;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public int RowStride { get; } = rowStride;

    public int ColumnStride { get; } = columnStride;

    public Operand<T> Transposed => new(Data, Columns, Rows, ColumnStride, RowStride);

    public Operand<T> Slice(int row, int column, int rows, int columns) => rows == 0 || columns == 0
        ? new(default, rows, columns, RowStride, ColumnStride)
        : new(Data[((row * RowStride) + (column * ColumnStride))..], rows, columns, RowStride, ColumnStride);
}

/// <summary>A window on a row-major float64 matrix, written by a product.</summary>
internal readonly struct Target(Memory<double> data, int rows, int columns, int rowStride)
{
    public Memory<double> Data { get; } = data;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public int RowStride { get; } = rowStride;

    public Operand<double> Operand => new(Data, Rows, Columns, RowStride, 1);

    public Span<double> Row(int row) => Data.Span.Slice(row * RowStride, Columns);

    public Target Slice(int row, int column, int rows, int columns) => rows == 0 || columns == 0
        ? new(default, rows, columns, RowStride)
        : new(Data[((row * RowStride) + column)..], rows, columns, RowStride);
}
