using System.Globalization;
using SkiaSharp;

namespace Graft.Vision;

/// <summary>
/// Reads JPEG, PNG, WebP, BMP and GIF (its first frame), told apart by content, never by name. All members may be called from many threads.
/// </summary>
/// <remarks>
/// <para>The EXIF orientation is applied. Grey, palette, CMYK and 16-bit pictures become 8-bit RGB (16-bit values lose their low byte), and colour profiles
/// are not applied, as in PIL. Transparent pictures are laid over white. A CMYK JPEG is taken as inverted, as Adobe writes it.</para>
/// <para>A picture cut short is used when at least <see cref="ImageLimits.MinDecoded"/> of its rows are there, the rest being mid-grey; a progressive JPEG, when its
/// first scan is whole. The notice says so.</para>
/// </remarks>
public static class ImageDecoder
{
    // Rows decoded at a time: enough to hide the cost of a call, few enough to stay in the second-level cache.
    private const int StripBytes = 1 << 18;

    /// <summary>Decodes a file's content.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="limits">What the picture may cost; <see langword="null"/> is <see cref="ImageLimits.Default"/>.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="ImageException">The picture cannot be used; the message is the reason.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits? limits = null) => Decode(file, limits, out _);

    /// <summary>Decodes a file's content.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="limits">What the picture may cost; <see langword="null"/> is <see cref="ImageLimits.Default"/>.</param>
    /// <param name="notice">What a user should know about the picture ("cut short: 71 % decoded"), or <see langword="null"/>.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="ImageException">The picture cannot be used; the message is the reason.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits? limits, out string? notice) => Decode(file, limits, int.MaxValue, out notice);

    /// <summary>Decodes a file's content, a large JPEG at a half, a quarter or an eighth of its size, which is several times faster.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="limits">What the picture may cost; <see langword="null"/> is <see cref="ImageLimits.Default"/>.</param>
    /// <param name="shorterSide">What the shorter side must still have.</param>
    /// <param name="notice">What a user should know about the picture, or <see langword="null"/>.</param>
    /// <exception cref="ImageException">The picture cannot be used; the message is the reason.</exception>
    internal static unsafe RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits? limits, int shorterSide, out string? notice)
    {
        limits ??= ImageLimits.Default;
        FileReader.ThrowIfTooLarge(file.Length, limits);
        ImageFormat format = ImageFormats.Detect(file);
        fixed (byte* start = file)
        {
            using SKData data = SKData.Create((nint)start, file.Length);
            using SKCodec? codec = SKCodec.Create(data);
            if (codec is null || codec.Info.Width <= 0 || codec.Info.Height <= 0) throw new ImageException($"a damaged {ImageFormats.Name(format)} file: its header cannot be read");
            ThrowIfTooManyPixels(codec.Info.Width, codec.Info.Height, limits);

            RgbImage image = DecodePixels(codec, format, limits, shorterSide, out notice);
            try
            {
                if (format == ImageFormat.Jpeg) notice ??= JpegMarkers.Notice(file);
                int orientation = format == ImageFormat.Png ? PngExif.Orientation(file) : (int)codec.EncodedOrigin;
                if (orientation is <= 1 or > 8) return image;
                RgbImage upright = Orientation.Apply(image, orientation);
                image.Dispose();
                return upright;
            }
            catch
            {
                image.Dispose();
                throw;
            }
        }
    }

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What the picture may cost; <see langword="null"/> is <see cref="ImageLimits.Default"/>.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="ImageException">The file cannot be read or the picture cannot be used; the message is the reason, without the path.</exception>
    public static RgbImage DecodeFile(string path, ImageLimits? limits = null) => DecodeFile(path, limits, out _);

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What the picture may cost; <see langword="null"/> is <see cref="ImageLimits.Default"/>.</param>
    /// <param name="notice">What a user should know about the picture, or <see langword="null"/>.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="ImageException">The file cannot be read or the picture cannot be used; the message is the reason, without the path.</exception>
    public static RgbImage DecodeFile(string path, ImageLimits? limits, out string? notice)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var reader = new FileReader();
        return Decode(reader.Read(path, limits ?? ImageLimits.Default), limits, out notice);
    }

    private static void ThrowIfTooManyPixels(int width, int height, ImageLimits limits)
    {
        long pixels = (long)width * height;
        if (pixels > limits.MaxPixels)
        {
            throw new ImageException(limits.MaxPixels < 1_000_000
                ? $"{pixels} pixels, over the limit of {limits.MaxPixels}"
                : $"{Megapixels(pixels)} megapixels, over the limit of {Megapixels(limits.MaxPixels)}");
        }
    }

    private static string Megapixels(long pixels) => (pixels / 1e6).ToString("0.##", CultureInfo.InvariantCulture);

    private static RgbImage DecodePixels(SKCodec codec, ImageFormat format, ImageLimits limits, int shorterSide, out string? notice)
    {
        bool opaque = codec.Info.AlphaType == SKAlphaType.Opaque;
        SKSizeI size = format == ImageFormat.Jpeg ? Reduced(codec, shorterSide) : codec.Info.Size;
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        return format == ImageFormat.Jpeg && codec.StartScanlineDecode(info) == SKCodecResult.Success
            ? DecodeStrips(codec, info, limits, out notice)
            : DecodeWhole(codec, info, limits, out notice);
    }

    private static SKSizeI Reduced(SKCodec codec, int shorterSide)
    {
        for (int divisor = 8; divisor > 1; divisor /= 2)
        {
            SKSizeI size = codec.GetScaledDimensions(1f / divisor);
            if (Math.Min(size.Width, size.Height) >= shorterSide) return size;
        }

        return codec.Info.Size;
    }

    private static unsafe RgbImage DecodeStrips(SKCodec codec, SKImageInfo info, ImageLimits limits, out string? notice)
    {
        var image = new RgbImage(info.Width, info.Height);
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
        var image = new RgbImage(info.Width, info.Height, bytesPerPixel: 4);
        try
        {
            notice = null;
            fixed (byte* pixels = image.Buffer)
            {
                SKCodecResult result = codec.GetPixels(info, (nint)pixels, info.RowBytes, SKCodecOptions.Default);
                if (result is SKCodecResult.IncompleteInput or SKCodecResult.ErrorInInput)
                    notice = CutShort(PixelPacking.FillMissingRows(pixels, info.Width, info.Height), info.Height, limits) ?? "cut short: the last pixels are missing";
                else if (result != SKCodecResult.Success)
                    throw new ImageException("damaged: nothing could be decoded");

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
