namespace Graft.Vision.Decoding;

/// <summary>The formats that are read.</summary>
internal enum ImageFormat
{
    Jpeg,
    Png,
    WebP,
    Bmp,
    Gif,
    Tiff,
}

/// <summary>Tells formats apart: files by their first bytes, and by their extension those that may be images.</summary>
internal static class ImageFormats
{
    /// <summary>No format takes more bytes to be known.</summary>
    public const int HeadLength = 256;

    private static readonly HashSet<string> Readable = new(StringComparer.OrdinalIgnoreCase)
    {
        ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff",
    };

    private static readonly HashSet<string> Unreadable = new(StringComparer.OrdinalIgnoreCase)
    {
        ".heic", ".heif", ".hif", ".avif", ".jxl", ".jp2", ".j2k", ".psd", ".svg", ".ico", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".raw",
    };

    /// <summary>Whether a file has the extension of a format that is read.</summary>
    public static bool IsReadable(string file) => Readable.Contains(Path.GetExtension(file));

    /// <summary>Whether a file has the extension of an image.</summary>
    public static bool IsImage(string file) => IsReadable(file) || Unreadable.Contains(Path.GetExtension(file));

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
        if (file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8))
        {
            // Cameras' own formats are TIFF with a thumbnail in front.
            if (file.Length >= 10 && file[8..].StartsWith("CR"u8)) throw new ImageException(Unsupported("Camera raw", "cr2"));
            return ImageFormat.Tiff;
        }

        throw new ImageException(NotRead(file) is var (name, extension) ? Unsupported(name, extension) : "not an image");
    }

    /// <summary>A format's name as people write it.</summary>
    public static string Name(ImageFormat format) => format == ImageFormat.WebP ? "WebP" : format.ToString().ToUpperInvariant();

    /// <summary>What to say of a format that is known and not read.</summary>
    public static string Unsupported(string name, string extension) =>
        $"{name} images are not supported; convert them to JPEG first (with ImageMagick: magick mogrify -format jpg *.{extension})";

    private static (string Name, string Extension)? NotRead(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("II+\0"u8) || file.StartsWith("MM\0+"u8)) return ("BigTIFF", "tif");
        if (file.StartsWith("8BPS"u8)) return ("Photoshop", "psd");
        if (file.StartsWith((ReadOnlySpan<byte>)[0, 0, 1, 0])) return ("Icon", "ico");
        if (file.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, (byte)'j', (byte)'P']) || file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51])) return ("JPEG 2000", "jp2");
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || file.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L'])) return ("JPEG XL", "jxl");
        if (file.StartsWith("FUJIFILMCCD-RAW"u8)) return ("Camera raw", "raf");
        if (file.StartsWith("IIRO"u8) || file.StartsWith("IIRS"u8) || file.StartsWith("MMOR"u8)) return ("Camera raw", "orf");
        if (file.StartsWith("IIU\0"u8)) return ("Camera raw", "rw2");
        if (file[..Math.Min(file.Length, HeadLength)].IndexOf("<svg"u8) >= 0) return ("SVG", "svg");
        if (file.Length < 12 || !file[4..].StartsWith("ftyp"u8)) return null;
        ReadOnlySpan<byte> brand = file.Slice(8, 4);
        if (brand.StartsWith("avi"u8)) return ("AVIF", "avif");
        if (brand.StartsWith("crx"u8)) return ("Camera raw", "cr3");
        return brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8) ? ("HEIC", "heic") : null;
    }
}
