using System.Buffers.Binary;

namespace Graft.Vision.Decoding;

/// <summary>The orientation in a PNG's eXIf chunk, which Skia does not read, and in a WebP's EXIF chunk, which it reads only without the prefix that JPEG has.</summary>
internal static class ExifOrientation
{
    private const ushort OrientationTag = 0x112;

    /// <summary>The orientation in a PNG, 1 to 8; 1 where nothing is said.</summary>
    public static int OfPng(ReadOnlySpan<byte> file)
    {
        for (long at = 8; at + 12 <= file.Length;)
        {
            ReadOnlySpan<byte> chunk = file[(int)at..];
            uint length = BinaryPrimitives.ReadUInt32BigEndian(chunk);
            if (length > chunk.Length - 12) return 1;
            if (chunk.Slice(4, 4).SequenceEqual("eXIf"u8)) return FromExif(chunk.Slice(8, (int)length));
            at += 12L + length;
        }

        return 1;
    }

    /// <summary>The orientation in a WebP, 1 to 8; 1 where nothing is said.</summary>
    public static int OfWebP(ReadOnlySpan<byte> file)
    {
        for (long at = 12; at + 8 <= file.Length;)
        {
            ReadOnlySpan<byte> chunk = file[(int)at..];
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (length > chunk.Length - 8) return 1;
            if (chunk.StartsWith("EXIF"u8)) return FromExif(chunk.Slice(8, (int)length));

            // Chunks have an even length, whatever they say.
            at += 8L + length + (length & 1);
        }

        return 1;
    }

    // Some writers leave the prefix that belongs to JPEG before the TIFF header.
    private static int FromExif(ReadOnlySpan<byte> exif)
    {
        ReadOnlySpan<byte> tiff = exif.StartsWith("Exif\0\0"u8) ? exif[6..] : exif;
        bool little = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 14 || (!little && !tiff.StartsWith("MM\0*"u8))) return 1;
        uint directory = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (directory > tiff.Length - 2) return 1;
        int entries = Word(tiff[(int)directory..], little);
        ReadOnlySpan<byte> entry = tiff[((int)directory + 2)..];
        for (; entries > 0 && entry.Length >= 12; entries--, entry = entry[12..])
        {
            if (Word(entry, little) == OrientationTag) return Word(entry[8..], little) is >= 1 and <= 8 and int value ? value : 1;
        }

        return 1;
    }

    private static int Word(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
