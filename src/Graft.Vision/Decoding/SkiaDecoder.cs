using Graft.Vision.Loading;
using SkiaSharp;

namespace Graft.Vision.Decoding;

/// <summary>Reads what Skia reads: JPEG, PNG, WebP, BMP and GIF.</summary>
internal static class SkiaDecoder
{
    // Rows decoded at a time: enough to hide the cost of a call, few enough to stay in the second-level cache.
    private const int StripBytes = 1 << 18;

    /// <summary>Decodes a file's content; a large JPEG at a half, a quarter or an eighth of its size, which is several times faster.</summary>
    /// <exception cref="ImageException">The image cannot be used; the message is the reason.</exception>
    public static unsafe RgbImage Decode(ReadOnlySpan<byte> file, ImageFormat format, DecodeRequest request, out string? notice)
    {
        fixed (byte* start = file)
        {
            using SKData data = SKData.Create((nint)start, file.Length);
            using SKCodec? codec = SKCodec.Create(data);
            if (codec is null || codec.Info.Width <= 0 || codec.Info.Height <= 0) throw new ImageException($"a damaged {ImageFormats.Name(format)} file: its header cannot be read");
            ImageDecoder.ThrowIfTooManyPixels(codec.Info.Width, codec.Info.Height, request.Limits);

            SKSizeI size = format == ImageFormat.Jpeg ? Reduced(codec, request.ShorterSide) : codec.Info.Size;
            int orientation = format switch
            {
                ImageFormat.Png => ExifOrientation.OfPng(file),
                ImageFormat.WebP => ExifOrientation.OfWebP(file),
                _ => (int)codec.EncodedOrigin,
            };
            request.Lease.Take(Cost(file, format, codec.Info.Size, size, orientation) * request.Copies);
            return Orientation.Apply(DecodePixels(codec, format, size, request.Limits, out notice), orientation);
        }
    }

    /// <summary>The most bytes that it takes.</summary>
    private static long Cost(ReadOnlySpan<byte> file, ImageFormat format, SKSizeI whole, SKSizeI size, int orientation)
    {
        long pixels = (long)size.Width * size.Height;

        // What the decoder keeps for itself: a progressive JPEG's coefficients, of two bytes; all pixels of a lossless WebP, an interlaced PNG or a GIF's frame.
        long own = format switch
        {
            ImageFormat.Jpeg => JpegMarkers.IsProgressive(file) ? 6L * whole.Width * whole.Height : 0,
            ImageFormat.Png => file.Length > 28 && file[28] != 0 ? 4 * pixels : 0,
            ImageFormat.Bmp => 0,
            _ => 4 * pixels,
        };
        return file.Length + own + (pixels * ((format == ImageFormat.Jpeg ? 3 : 4) + (orientation > 1 ? 3 : 0)));
    }

    private static RgbImage DecodePixels(SKCodec codec, ImageFormat format, SKSizeI size, ImageLimits limits, out string? notice)
    {
        bool opaque = codec.Info.AlphaType == SKAlphaType.Opaque;
        SKImageInfo info = new(size.Width, size.Height, SKColorType.Rgba8888, opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        return format == ImageFormat.Jpeg && codec.StartScanlineDecode(info) == SKCodecResult.Success
            ? DecodeStrips(codec, info, limits, out notice)
            : DecodeWhole(codec, info, limits, out notice);
    }

    private static SKSizeI Reduced(SKCodec codec, int shorterSide)
    {
        for (int divisor = 8; divisor > 1; divisor /= 2)
        {
            if (Math.Min(codec.Info.Width, codec.Info.Height) / divisor >= shorterSide) return codec.GetScaledDimensions(1f / divisor);
        }

        return codec.Info.Size;
    }

    private static unsafe RgbImage DecodeStrips(SKCodec codec, SKImageInfo info, ImageLimits limits, out string? notice)
    {
        RgbImage image = new(info.Width, info.Height);
        try
        {
            int rows = Math.Clamp(StripBytes / info.RowBytes, 1, info.Height), done = 0;
            using PooledBytes strip = new((rows * info.RowBytes) + RgbImage.Slack);
            fixed (byte* to = image.Buffer, from = strip.Array)
            {
                while (done < info.Height)
                {
                    int asked = Math.Min(rows, info.Height - done);
                    int got = codec.GetScanlines((nint)from, asked, info.RowBytes);
                    PixelPacking.DropAlpha(from, to + ((long)done * info.Width * 3), got * info.Width);
                    done += got;
                    if (got < asked) break;
                }
            }

            notice = CutShort(done, info.Height, limits);
            image.Pixels[(done * info.Width * 3)..].Fill(PixelPacking.Missing);
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    private static unsafe RgbImage DecodeWhole(SKCodec codec, SKImageInfo info, ImageLimits limits, out string? notice)
    {
        RgbImage image = new(info.Width, info.Height, bytesPerPixel: 4);
        try
        {
            notice = null;
            fixed (byte* pixels = image.Buffer)
            {
                SKCodecResult result = codec.GetPixels(info, (nint)pixels, info.RowBytes, SKCodecOptions.Default);
                if (result is SKCodecResult.IncompleteInput or SKCodecResult.ErrorInInput)
                    notice = CutShort(PixelPacking.FillMissingRows(pixels, info.Width, info.Height), info.Height, limits) ?? "cut short: the last pixels are missing";
                else if (result != SKCodecResult.Success) throw new ImageException("damaged: nothing could be decoded");

                if (info.AlphaType != SKAlphaType.Opaque) PixelPacking.LayOverWhite(pixels, info.Width * info.Height);
                PixelPacking.DropAlpha(pixels, pixels, info.Width * info.Height);
            }

            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    private static string? CutShort(int rows, int height, ImageLimits limits)
    {
        if (rows == height) return null;
        string message = $"cut short: {Math.Floor(100.0 * rows / height):0} % decoded";
        return rows >= limits.MinDecoded * height ? message : throw new ImageException(message);
    }
}
