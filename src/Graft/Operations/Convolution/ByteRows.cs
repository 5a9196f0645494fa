namespace Graft.Operations.Convolution;

/// <summary>Rows of bytes that a layer multiplies: groups of rows, such as an output row's windows, each in segments where a window's rows do not lie side by side.</summary>
/// <param name="start">The first row.</param>
/// <param name="stride">From one row of a group to the next, in bytes.</param>
/// <param name="rows">The rows of a group.</param>
internal readonly unsafe struct ByteRows(byte* start, nint stride, int rows)
{
    /// <summary>The first row.</summary>
    public byte* Start { get; } = start;

    /// <summary>From one row of a group to the next, in bytes.</summary>
    public nint Stride { get; } = stride;

    /// <summary>The rows of a group.</summary>
    public int Rows { get; } = rows;

    /// <summary>The number of groups.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>From one group to the next, in bytes.</summary>
    public nint GroupStride { get; init; }

    /// <summary>The segments of a row.</summary>
    public int Segments { get; init; } = 1;

    /// <summary>From one segment to the next, in bytes.</summary>
    public nint SegmentStride { get; init; }
}
