using System.Buffers.Binary;

namespace Graft.Vision;

/// <summary>The orientation in a PNG's eXIf chunk, which Skia does not read.</summary>
internal static class PngExif
{
    private const ushort OrientationTag = 0x112;

    /// <summary>The orientation, 1 to 8; 1 where nothing is said.</summary>
    public static int Orientation(ReadOnlySpan<byte> file)
    {
        for (long at = 8; at + 12 <= file.Length;)
        {
            ReadOnlySpan<byte> chunk = file[(int)at..];
            uint length = BinaryPrimitives.ReadUInt32BigEndian(chunk);
            if (length > chunk.Length - 12) return 1;
            if (chunk.Slice(4, 4).SequenceEqual("eXIf"u8)) return FromTiff(chunk.Slice(8, (int)length));
            at += 12L + length;
        }

        return 1;
    }

    private static int FromTiff(ReadOnlySpan<byte> tiff)
    {
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
