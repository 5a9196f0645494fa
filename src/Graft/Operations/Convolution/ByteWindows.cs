using System.Runtime.Intrinsics;
using Graft.Kernels.Convolution;

namespace Graft.Operations.Convolution;

/// <summary>The windows of a dense convolution of bytes as rows of a matrix: where a pixel is a window they lie in the image, elsewhere they are copied out, a row of the output at a time.</summary>
internal sealed unsafe class ByteWindows
{
    // Windows are copied so many bytes at a time, over each other's ends.
    private const int Piece = 16;

    private readonly WindowGeometry g;
    private readonly byte zero;

    /// <summary>Prepares.</summary>
    /// <param name="geometry">The convolution: one group, taps side by side.</param>
    /// <param name="zeroPoint">The byte around the image.</param>
    public ByteWindows(in WindowGeometry geometry, int zeroPoint)
    {
        (g, zero) = (geometry, (byte)zeroPoint);
        IsDirect = g is { Kernel: 1, Stride: 1, Top: 0, Left: 0 } && g.OutHeight == g.Height && g.OutWidth == g.Width;
        Pitch = IsDirect ? g.Channels : ((g.Kernel * Segment) + 3) / 4 * 4;
    }

    /// <summary>Whether a pixel is a window.</summary>
    public bool IsDirect { get; }

    /// <summary>From one window to the next.</summary>
    public int Pitch { get; }

    /// <summary>The bytes that a number of output rows take.</summary>
    public int Bytes(int rows) => IsDirect ? 0 : (rows * g.OutWidth * Pitch) + (g.Kernel * RowBytes) + Piece;

    private int Segment => g.Kernel * g.Channels;

    private int Columns => Math.Max(g.Left + g.Width, ((g.OutWidth - 1) * g.Stride) + g.Kernel);

    private int RowBytes => (Columns * g.Channels) + Piece;

    /// <summary>The windows of some output rows.</summary>
    /// <param name="image">The image.</param>
    /// <param name="first">The first output row.</param>
    /// <param name="end">One past the last.</param>
    /// <param name="memory">Room for <see cref="Bytes"/>.</param>
    /// <returns>The first window.</returns>
    public byte* Prepare(byte* image, int first, int end, byte* memory)
    {
        if (IsDirect) return image + ((nint)first * g.Width * g.Channels);
        byte* rows = memory, windows = memory + (g.Kernel * RowBytes), target = windows;
        new Span<byte>(rows, g.Kernel * RowBytes).Fill(zero);
        int left = g.Left * g.Channels, inside = g.Width * g.Channels;
        for (int i = first; i < end; i++)
        {
            for (int u = 0; u < g.Kernel; u++)
            {
                int y = (i * g.Stride) - g.Top + u;
                Span<byte> row = new(rows + (u * RowBytes) + left, inside);
                if (y >= 0 && y < g.Height) new ReadOnlySpan<byte>(image + ((nint)y * inside), inside).CopyTo(row);
                else row.Fill(zero);
            }

            nint step = (nint)g.Stride * g.Channels;
            for (int j = 0; j < g.OutWidth; j++, target += Pitch) Copy(rows + (j * step), target);
        }

        return windows;
    }

    // A window's rows one after the other, so that what is written beyond the end of one is written over by what follows.
    private void Copy(byte* source, byte* target)
    {
        for (int u = 0; u < g.Kernel; u++, source += RowBytes, target += Segment)
            for (int i = 0; i < Segment; i += Piece) Vector128.Load(source + i).Store(target + i);
    }
}
