using Graft.Vision.Decoding;
using Graft.Vision.Resampling;

namespace Graft.Vision.Loading;

/// <summary>
/// Antialiased bilinear and bicubic (a = -0.5) resizing with the bits of PIL's <c>Image.resize(size, BILINEAR | BICUBIC)</c>: rows first,
/// then columns, 8 bits between them, weights in fixed point. Source: Pillow 9.4, src/libImaging/Resample.c.
/// </summary>
internal static class Resizer
{
    /// <summary>Resizes an image.</summary>
    /// <param name="source">The image.</param>
    /// <param name="width">The new number of columns.</param>
    /// <param name="height">The new number of rows.</param>
    /// <param name="interpolation">The filter.</param>
    /// <returns>A new image.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive.</exception>
    public static RgbImage Resize(RgbImage source, int width, int height, Interpolation interpolation)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Resize(source, new PixelBox(0, 0, source.Width, source.Height), width, height, interpolation);
    }

    /// <summary>Crops an image and resizes what is left. Pixels outside the box have no influence (PIL's <c>crop</c>, then <c>resize</c>).</summary>
    /// <param name="source">The image.</param>
    /// <param name="box">The part of it to resize.</param>
    /// <param name="width">The new number of columns.</param>
    /// <param name="height">The new number of rows.</param>
    /// <param name="interpolation">The filter.</param>
    /// <returns>A new image.</returns>
    /// <exception cref="ArgumentException">The box does not lie inside the image.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive.</exception>
    public static RgbImage Resize(RgbImage source, PixelBox box, int width, int height, Interpolation interpolation) =>
        Resize(source, box, width, height, new PixelBox(0, 0, width, height), interpolation);

    /// <summary>Crops, resizes, and keeps a window of the result; only what the window needs is computed, with the same bits.</summary>
    /// <param name="source">The image.</param>
    /// <param name="box">The part of it to resize.</param>
    /// <param name="width">The number of columns after resizing.</param>
    /// <param name="height">The number of rows after resizing.</param>
    /// <param name="window">The part of the resized image to return.</param>
    /// <param name="interpolation">The filter.</param>
    /// <returns>A new image of the size of <paramref name="window"/>.</returns>
    /// <exception cref="ArgumentException">The box or the window does not lie inside its image.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive.</exception>
    public static unsafe RgbImage Resize(RgbImage source, PixelBox box, int width, int height, PixelBox window, Interpolation interpolation)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        box.ThrowIfOutside(source.Width, source.Height, nameof(box));
        window.ThrowIfOutside(width, height, nameof(window));

        ResampleWeights? columns = box.Width == width ? null : ResampleWeights.ForColumns(box.Width, width, window.X, window.Width, interpolation);
        ResampleWeights? rows = box.Height == height ? null : ResampleWeights.ForRows(box.Height, height, window.Y, window.Height, interpolation);
        (int firstRow, int rowCount) = rows is null
            ? (window.Y, window.Height)
            : (rows.First[0], rows.First[^1] + rows.Used[^1] - rows.First[0]);

        RgbImage result = new(window.Width, window.Height);
        nint stride = source.Width * 3, narrow = window.Width * 3;
        using PooledBytes between = new(columns is null || rows is null ? 0 : checked((int)((rowCount * narrow) + RgbImage.Slack)));
        fixed (byte* pixels = source.Buffer, output = result.Buffer, scratch = between.Array)
        {
            byte* input = pixels + ((box.Y + firstRow) * stride) + (box.X * 3);
            if (columns is not null)
            {
                byte* to = rows is null ? output : scratch;
                for (int y = 0; y < rowCount; y++) HorizontalPass.Row(input + (y * stride), to + (y * narrow), columns);
                input = to;
                stride = narrow;
            }
            else
            {
                input += window.X * 3;
            }

            if (rows is not null)
            {
                for (int y = 0; y < window.Height; y++)
                {
                    VerticalPass.Row(
                        input + ((rows.First[y] - firstRow) * stride), stride, output + (y * narrow), (int)narrow, rows.Weights.AsSpan(y * rows.Taps, rows.Used[y]));
                }
            }
            else if (columns is null)
            {
                for (int y = 0; y < window.Height; y++) Buffer.MemoryCopy(input + (y * stride), output + (y * narrow), narrow, narrow);
            }
        }

        return result;
    }
}
