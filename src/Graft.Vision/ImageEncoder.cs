using SkiaSharp;

namespace Graft.Vision;

/// <summary>Writes images.</summary>
public static class ImageEncoder
{
    /// <summary>An image as a JPEG file's content.</summary>
    /// <param name="image">The image.</param>
    /// <param name="quality">1 to 100.</param>
    /// <exception cref="ArgumentOutOfRangeException">The quality is not in 1 to 100.</exception>
    public static byte[] ToJpeg(this RgbImage image, int quality = 85)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (quality is < 1 or > 100) throw new ArgumentOutOfRangeException(nameof(quality), quality, "The quality of a JPEG is 1 to 100.");
        using SKBitmap bitmap = Bitmap(image);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality);
        return data.ToArray();
    }

    /// <summary>An image as a PNG file's content.</summary>
    /// <param name="image">The image.</param>
    public static byte[] ToPng(this RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using SKBitmap bitmap = Bitmap(image);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static SKBitmap Bitmap(RgbImage image)
    {
        SKBitmap bitmap = new(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> from = image.Row(y);
            Span<byte> to = bitmap.GetPixelSpan().Slice(y * bitmap.RowBytes, image.Width * 4);
            for (int x = 0; x < image.Width; x++)
            {
                from.Slice(x * 3, 3).CopyTo(to[(x * 4)..]);
                to[(x * 4) + 3] = 255;
            }
        }

        return bitmap;
    }
}
