using System.Buffers;

namespace Graft.Vision;

/// <summary>An image of 8-bit red, green and blue, interleaved by pixel, rows from the top: <c>[height, width, 3]</c>.</summary>
/// <remarks><see cref="Dispose"/> is optional: it hands the memory back for the next image, after which this one must not be used.</remarks>
public sealed class RgbImage : IDisposable
{
    // Vector loads may read past the last pixel, never past the array.
    internal const int Slack = 32;

    // Larger arrays go to the garbage collector: the pool would round them up to a power of two and hold them.
    internal const int LongestPooled = 1 << 25;

    private byte[]? buffer;
    private readonly int length;
    private readonly bool kept;

    /// <summary>Makes an image whose pixels are whatever the memory held, to be written whole.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or the image would take more than 2 GiB.</exception>
    public RgbImage(int width, int height)
        : this(width, height, bytesPerPixel: 3)
    {
    }

    /// <summary>Makes an image that holds a copy of <paramref name="pixels"/>.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="pixels">The values, <c>[height, width, 3]</c>.</param>
    /// <exception cref="ArgumentException">The number of values is not 3 x width x height.</exception>
    public RgbImage(int width, int height, ReadOnlySpan<byte> pixels)
        : this(width, height)
    {
        if (pixels.Length != length)
            throw new ArgumentException($"An image of {width} x {height} takes {length} values, not {pixels.Length}.", nameof(pixels));
        pixels.CopyTo(Pixels);
    }

    /// <summary>Makes an image with room to be decoded with more than three bytes a pixel and then packed in place.</summary>
    internal RgbImage(int width, int height, int bytesPerPixel)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        long room = ((long)width * height * bytesPerPixel) + Slack;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(room, Array.MaxLength, nameof(height));
        (Width, Height, length) = (width, height, width * height * 3);
        buffer = room <= LongestPooled ? ArrayPool<byte>.Shared.Rent((int)room) : GC.AllocateUninitializedArray<byte>((int)room);
    }

    // Memory of its own, of the least size, for images that are kept.
    private RgbImage(RgbImage copied)
    {
        (Width, Height, length, kept) = (copied.Width, copied.Height, copied.length, true);
        buffer = GC.AllocateUninitializedArray<byte>(length + Slack);
        copied.Pixels.CopyTo(buffer);
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The values, <c>[height, width, 3]</c>.</summary>
    /// <exception cref="ObjectDisposedException">The image was disposed.</exception>
    public Span<byte> Pixels => Buffer.AsSpan(0, length);

    /// <summary>The values, and at least <see cref="Slack"/> bytes that mean nothing.</summary>
    internal byte[] Buffer => buffer ?? throw new ObjectDisposedException(nameof(RgbImage));

    /// <summary>The values of one row, <c>[width, 3]</c>.</summary>
    public Span<byte> Row(int y)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)y, (uint)Height, nameof(y));
        return Buffer.AsSpan(y * Width * 3, Width * 3);
    }

    /// <summary>A copy whose <see cref="Dispose"/> does nothing, for as many readers as like.</summary>
    internal RgbImage Keep() => new(this);

    /// <summary>Hands the memory back.</summary>
    public void Dispose()
    {
        if (kept) return;
        byte[]? returned = Interlocked.Exchange(ref buffer, null);
        if (returned?.Length <= LongestPooled) ArrayPool<byte>.Shared.Return(returned);
    }
}
