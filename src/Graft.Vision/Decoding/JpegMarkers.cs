using System.Buffers.Binary;

namespace Graft.Vision.Decoding;

/// <summary>What a JPEG's markers say about the file.</summary>
internal static class JpegMarkers
{
    private const byte StartOfScan = 0xDA, ProgressiveFrame = 0xC2;
    private const int Coefficients = 64;

    /// <summary>Why a JPEG is not one that can be read, or <see langword="null"/>.</summary>
    public static string? NotRead(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> frame = Find(file, IsFrame);
        if (frame.Length < 5) return null;
        if (frame[1] is 0xC3 or 0xC5 or 0xC6 or 0xC7 or 0xCB or 0xCD or 0xCE or 0xCF) return "a JPEG of a lossless or hierarchical kind, which is not supported; save it as an ordinary JPEG or as PNG";
        return frame[4] == 8 ? null : $"a JPEG with {frame[4]} bits a sample, and only 8 are supported; save it as an 8-bit JPEG or as PNG";
    }

    /// <summary>Whether the image is stored in passes, each finer than the one before.</summary>
    public static bool IsProgressive(ReadOnlySpan<byte> file) => Find(file, IsFrame) is [_, ProgressiveFrame, ..];

    /// <summary>
    /// Whether there is an end-of-image marker after the start of the first scan; also where there is no scan. Inside a scan 0xFF is always followed by 0 or a restart
    /// marker, so that the marker is not there by chance; what follows it is of no account.
    /// </summary>
    public static bool HasEnd(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> scan = Find(file, marker => marker == StartOfScan);
        return scan.IsEmpty || scan.LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) >= 0;
    }

    /// <summary>Whether the first scan is over, another marker following its data.</summary>
    public static bool HasFirstScan(ReadOnlySpan<byte> file) => Find(file, marker => marker == StartOfScan) is { IsEmpty: false } scan && !AfterScan(scan).IsEmpty;

    /// <summary>Whether every coefficient of every component is sent to its last bit by one of the scans that begin in the file.</summary>
    public static bool HasAllScans(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> frame = Find(file, IsFrame);
        if (frame.Length < 10) return false;
        bool progressive = frame[1] == ProgressiveFrame;
        Dictionary<byte, ulong> missing = [];
        for (int i = 0; i < frame[9] && 10 + (3 * i) < frame.Length; i++) missing[frame[10 + (3 * i)]] = ulong.MaxValue;

        for (ReadOnlySpan<byte> rest = file; Find(rest, marker => marker == StartOfScan) is { IsEmpty: false } scan; rest = AfterScan(scan))
        {
            int components = scan.Length > 4 ? scan[4] : 0, band = 5 + (2 * components);
            if (scan.Length < band + 3) break;
            bool isLastBit = !progressive || (scan[band + 2] & 15) == 0;
            if (!isLastBit) continue;
            (int first, int last) = progressive ? (scan[band], Math.Min((int)scan[band + 1], Coefficients - 1)) : (0, Coefficients - 1);
            for (int i = 0; i < components; i++)
            {
                if (!missing.TryGetValue(scan[5 + (2 * i)], out ulong left)) continue;
                for (int k = first; k <= last; k++) left &= ~(1UL << k);
                missing[scan[5 + (2 * i)]] = left;
            }
        }

        return missing.Values.All(left => left == 0);
    }

    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    // The file from the first such segment on; empty where there is none before the first scan ends.
    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> file, Func<byte, bool> isWanted)
    {
        int at = file is [0xFF, 0xD8, ..] ? 2 : 0;
        while (at + 4 <= file.Length && file[at] == 0xFF)
        {
            byte marker = file[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }

            if (isWanted(marker)) return file[at..];
            if (marker == StartOfScan) break;
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }

        return [];
    }

    // From the marker that follows a scan's data.
    private static ReadOnlySpan<byte> AfterScan(ReadOnlySpan<byte> scan)
    {
        int at = 2 + BinaryPrimitives.ReadUInt16BigEndian(scan[2..]);
        while (at + 1 < scan.Length && !(scan[at] == 0xFF && scan[at + 1] is not (0 or (>= 0xD0 and <= 0xD7) or 0xFF))) at++;
        return at + 1 < scan.Length ? scan[at..] : [];
    }
}
