using System.Buffers.Binary;

namespace Graft.Vision;

/// <summary>What a JPEG's markers say about the file being whole.</summary>
internal static class JpegMarkers
{
    private const byte StartOfScan = 0xDA, ProgressiveFrame = 0xC2;

    /// <summary>
    /// What to say of a JPEG all of whose rows were decoded but which has no end-of-image marker after its first scan, or
    /// <see langword="null"/>. Inside a scan 0xFF is always followed by 0 or a restart marker, so that the marker is not there by chance.
    /// </summary>
    public static string? Notice(ReadOnlySpan<byte> file)
    {
        bool progressive = false;
        int at = 2;
        while (at + 4 <= file.Length && file[at] == 0xFF)
        {
            byte marker = file[at + 1];
            progressive |= marker == ProgressiveFrame;
            if (marker == StartOfScan)
            {
                if (file[at..].LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) >= 0) return null;
                return progressive ? "cut short: fine detail of a progressive JPEG is missing" : "cut short: 100 % decoded";
            }

            at += marker == 0xFF ? 1 : 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }

        return null;
    }
}
