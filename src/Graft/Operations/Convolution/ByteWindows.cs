using System.Runtime.Intrinsics;
using Graft.Kernels.Convolution;

namespace Graft.Operations.Convolution;

/// <summary>
/// The windows of a dense convolution of bytes as rows of a matrix. Where a pixel is a window they lie in the image; else the image's rows are copied with the zeros around them, and a window is a segment of some of these; where
/// segments are no multiples of four bytes, windows are copied out one after the other.
/// </summary>
internal sealed unsafe class ByteWindows
{
    // Windows are copied so many bytes at a time, over each other's ends.
    private const int Piece = 16, Fours = 4;

    // For the windows of an output row, far beyond those of any network.
    private const long MostBytes = 1 << 26;

    private readonly WindowGeometry g;
    private readonly byte zero;
    private readonly bool isDirect;

    /// <summary>Prepares.</summary>
    /// <param name="geometry">The convolution: one group, taps side by side.</param>
    /// <param name="zeroPoint">The byte around the image.</param>
    public ByteWindows(in WindowGeometry geometry, int zeroPoint)
    {
        (g, zero) = (geometry, (byte)zeroPoint);
        isDirect = g is { Kernel: 1, Stride: 1, Top: 0, Left: 0 } && g.OutHeight == g.Height && g.OutWidth == g.Width;
    }

    /// <summary>Whether the windows of an output row are few and small enough to be copied. In numbers they are multiplied where they lie.</summary>
    public static bool Fit(in WindowGeometry geometry) => new ByteWindows(geometry, 0).Bytes(1) <= MostBytes;

    /// <summary>The bytes that a number of output rows take.</summary>
    public long Bytes(int rows) => isDirect ? 0 : (IsSegmented ? RowsOf(rows) * RowBytes : (rows * g.OutWidth * Pitch) + (g.Kernel * RowBytes)) + Piece;

    private bool IsSegmented => !isDirect && Segment % Fours == 0;

    private int Segment => g.Kernel * g.Channels;

    // From one copied window to the next.
    private long Pitch => (((long)g.Kernel * Segment) + Fours - 1) / Fours * Fours;

    private long RowBytes => ((long)Math.Max(g.Left + g.Width, ((g.OutWidth - 1) * g.Stride) + g.Kernel) * g.Channels) + Piece;

    /// <summary>The windows of some output rows.</summary>
    /// <param name="image">The image.</param>
    /// <param name="first">The first output row.</param>
    /// <param name="end">One past the last.</param>
    /// <param name="memory">Room for <see cref="Bytes"/>.</param>
    public ByteRows Prepare(byte* image, int first, int end, byte* memory)
    {
        if (isDirect) return new ByteRows(image + ((nint)first * g.Width * g.Channels), g.Channels, (end - first) * g.Width);
        int top = (first * g.Stride) - g.Top;
        if (IsSegmented)
        {
            CopyRows(image, top, RowsOf(end - first), memory);
            return new ByteRows(memory, g.Stride * g.Channels, g.OutWidth) { Groups = end - first, GroupStride = (nint)(g.Stride * RowBytes), Segments = g.Kernel, SegmentStride = (nint)RowBytes };
        }

        byte* windows = memory + (g.Kernel * RowBytes), target = windows;
        for (int i = first; i < end; i++)
        {
            CopyRows(image, (i * g.Stride) - g.Top, g.Kernel, memory);
            nint step = (nint)g.Stride * g.Channels;
            for (int j = 0; j < g.OutWidth; j++, target += Pitch) Copy(memory + (j * step), target);
        }

        return new ByteRows(windows, (nint)Pitch, (end - first) * g.OutWidth);
    }

    private int RowsOf(int outputs) => ((outputs - 1) * g.Stride) + g.Kernel;

    /// <summary>Copies rows of the image with what is around them.</summary>
    private void CopyRows(byte* image, int top, int rows, byte* memory)
    {
        int left = g.Left * g.Channels, inside = g.Width * g.Channels;
        for (int u = 0; u < rows; u++, memory += RowBytes)
        {
            Span<byte> row = new(memory, (int)RowBytes);
            if (top + u < 0 || top + u >= g.Height)
            {
                row.Fill(zero);
                continue;
            }

            row[..left].Fill(zero);
            new ReadOnlySpan<byte>(image + ((nint)(top + u) * inside), inside).CopyTo(row[left..]);
            row[(left + inside)..].Fill(zero);
        }
    }

    // A window's rows one after the other, so that what is written beyond the end of one is written over by what follows.
    private void Copy(byte* source, byte* target)
    {
        for (int u = 0; u < g.Kernel; u++, source += RowBytes, target += Segment)
            for (int i = 0; i < Segment; i += Piece) Vector128.Load(source + i).Store(target + i);
    }
}
