namespace Graft.Vision;

/// <summary>The formats that are read.</summary>
internal enum ImageFormat
{
    Jpeg,
    Png,
    WebP,
    Bmp,
    Gif,
}

/// <summary>Tells formats apart by their first bytes.</summary>
internal static class ImageFormats
{
    /// <summary>The format of a file.</summary>
    /// <exception cref="ImageException">It is empty, not an image, or an image of a format that is not read.</exception>
    public static ImageFormat Detect(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty) throw new ImageException("empty file");
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return ImageFormat.Jpeg;
        if (file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10])) return ImageFormat.Png;
        if (file.StartsWith("RIFF"u8) && file.Length >= 12 && file[8..].StartsWith("WEBP"u8)) return ImageFormat.WebP;
        if (file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8)) return ImageFormat.Gif;
        // "BM" begins many texts too: the header that follows must say its own size.
        if (file.StartsWith("BM"u8) && file.Length >= 26 && file[14] is 12 or 40 or 52 or 56 or 64 or 108 or 124 && (file[15] | file[16] | file[17]) == 0) return ImageFormat.Bmp;
        string? other = NotRead(file);
        throw new ImageException(other is null ? "not an image" : $"{other} pictures are not supported");
    }

    /// <summary>A format's name as people write it.</summary>
    public static string Name(ImageFormat format) => format == ImageFormat.WebP ? "WebP" : format.ToString().ToUpperInvariant();

    private static string? NotRead(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8)) return "TIFF";
        if (file.StartsWith("8BPS"u8)) return "Photoshop";
        if (file.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, (byte)'j', (byte)'P'])) return "JPEG 2000";
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || file.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L'])) return "JPEG XL";
        if (file.Length < 12 || !file[4..].StartsWith("ftyp"u8)) return null;
        ReadOnlySpan<byte> brand = file.Slice(8, 4);
        if (brand.StartsWith("avi"u8)) return "AVIF";
        return brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8) ? "HEIC" : null;
    }
}
