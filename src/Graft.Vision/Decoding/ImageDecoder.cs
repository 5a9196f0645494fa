using System.Globalization;
using Graft.Vision.Folders;

namespace Graft.Vision.Decoding;

/// <summary>
/// Reads JPEG, PNG, WebP, BMP, GIF (its first frame) and TIFF (its first page), told apart by content, never by name. All members may be called from many threads.
/// </summary>
/// <remarks>
/// <para>The EXIF orientation is applied. Grey, palette, CMYK and 16-bit images become 8-bit RGB (16-bit values lose their low byte), and colour profiles
/// are not applied, as in PIL. Transparent images are laid over white. A CMYK JPEG is taken as inverted, as Adobe writes it.</para>
/// <para>An image cut short is used when at least <see cref="ImageLimits.MinDecoded"/> of its rows are there, the rest being mid-grey; a progressive JPEG, when its
/// first scan is whole. The notice says so. A JPEG that lacks only its end marker is whole. A TIFF cut short is not used.</para>
/// <para>All threads together decode as many images at a time as a quarter of the memory has room for, 1 GiB at most; the others wait.</para>
/// </remarks>
public static class ImageDecoder
{
    /// <summary>The usual extension of a file with that content, such as <c>.jpg</c>; <see langword="null"/> where it is no image that is read.</summary>
    /// <param name="file">The beginning of the file, or all of it.</param>
    public static string? Extension(ReadOnlySpan<byte> file)
    {
        try
        {
            return ImageFormats.Detect(file) switch
            {
                ImageFormat.Jpeg => ".jpg",
                ImageFormat.Tiff => ".tif",
                ImageFormat format => $".{ImageFormats.Name(format).ToLowerInvariant()}",
            };
        }
        catch (ImageException)
        {
            return null;
        }
    }

    /// <summary>Decodes a file's content.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="limits">What the image may cost; <see langword="null"/> is <see cref="ImageLimits.Default"/>.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ImageException">The image cannot be used; the message is the reason.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits? limits = null) => Decode(file, limits, out _);

    /// <summary>Decodes a file's content.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="limits">What the image may cost; <see langword="null"/> is <see cref="ImageLimits.Default"/>.</param>
    /// <param name="notice">What a user should know about the image ("cut short: 71 % decoded"), or <see langword="null"/>.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ImageException">The image cannot be used; the message is the reason.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits? limits, out string? notice)
    {
        using DecodeLease lease = new();
        return Decode(file, new DecodeRequest(limits ?? ImageLimits.Default, int.MaxValue, lease), out notice);
    }

    /// <summary>Decodes a file's content.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="request">How.</param>
    /// <param name="notice">What a user should know about the image, or <see langword="null"/>.</param>
    /// <exception cref="ImageException">The image cannot be used; the message is the reason.</exception>
    internal static RgbImage Decode(ReadOnlySpan<byte> file, DecodeRequest request, out string? notice)
    {
        FileReader.ThrowIfTooLarge(file.Length, request.Limits);
        ImageFormat format = ImageFormats.Detect(file);
        notice = null;
        if (format == ImageFormat.Tiff) return TiffDecoder.Decode(file, request);
        if (format != ImageFormat.Jpeg) return SkiaDecoder.Decode(file, format, request, out notice);
        if (JpegMarkers.NotRead(file) is { } reason) throw new ImageException(reason);
        return JpegMarkers.HasEnd(file) ? SkiaDecoder.Decode(file, format, request, out notice) : UnendedJpeg.Decode(file, request, out notice);
    }

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What the image may cost; <see langword="null"/> is <see cref="ImageLimits.Default"/>.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ImageException">The file cannot be read or the image cannot be used; the message is the reason, without the path.</exception>
    public static RgbImage DecodeFile(string path, ImageLimits? limits = null) => DecodeFile(path, limits, out _);

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What the image may cost; <see langword="null"/> is <see cref="ImageLimits.Default"/>.</param>
    /// <param name="notice">What a user should know about the image, or <see langword="null"/>.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ImageException">The file cannot be read or the image cannot be used; the message is the reason, without the path.</exception>
    public static RgbImage DecodeFile(string path, ImageLimits? limits, out string? notice)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileReader reader = new();
        return Decode(reader.Read(path, limits ?? ImageLimits.Default), limits, out notice);
    }

    internal static void ThrowIfTooManyPixels(int width, int height, ImageLimits limits)
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
}
