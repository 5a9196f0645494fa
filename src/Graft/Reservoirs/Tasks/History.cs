using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>The last rows of series, a ring.</summary>
internal sealed class History
{
    private readonly Matrix ring;
    private int next;

    public History(int capacity, int series) => ring = new Matrix(Math.Max(capacity, 1), series);

    /// <summary>From rows, the last of them last, as <see cref="Rows"/> gives them.</summary>
    public History(int capacity, Matrix rows)
        : this(capacity, rows.Columns)
    {
        for (int t = 0; t < rows.Rows; t++) Push(rows.Row(t));
    }

    private History(History other) => (ring, next, Count) = (other.ring.Copy(), other.next, other.Count);

    public int Count { get; private set; }

    /// <summary>A value so many rows back; 1 is the last row.</summary>
    public double this[int back, int series] => ring[(next - back + ring.Rows) % ring.Rows, series];

    public void Push(ReadOnlySpan<double> row)
    {
        row.CopyTo(ring.Row(next));
        next = (next + 1) % ring.Rows;
        Count = Math.Min(Count + 1, ring.Rows);
    }

    public History Copy() => new(this);

    public Matrix Rows()
    {
        Matrix rows = new(Count, ring.Columns);
        for (int t = 0; t < Count; t++) ring.Row((next - Count + t + ring.Rows) % ring.Rows).CopyTo(rows.Row(t));
        return rows;
    }
}
