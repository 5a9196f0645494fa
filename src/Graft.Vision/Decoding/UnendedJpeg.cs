namespace Graft.Vision.Decoding;

/// <summary>Reads a JPEG that has no end marker: whole where that alone is missing, and else as far as it goes.</summary>
/// <remarks>
/// The decoder waits for bytes after the last ones that it needs, and gives up the last rows where none come. Whether it needed them shows where one copy of the file ends
/// with the marker and another with noise before it: what is there is decoded alike, and what is not there is grey in one and noise in the other.
/// </remarks>
internal static class UnendedJpeg
{
    private const string Coarse = "cut short: fine detail of a progressive JPEG is missing";

    // As many equal bytes do not end a scan; a copy that broke off is filled up with them.
    private const int Padding = 32;

    // Any bytes but 0xFF, which would begin a marker.
    private static readonly byte[] Noise = [.. Enumerable.Range(0, 512).Select(i => (byte)(((i * 167) + (i * i * 29) + 71) % 251))];

    /// <summary>Decodes a file.</summary>
    public static RgbImage Decode(ReadOnlySpan<byte> file, DecodeRequest request, out string? notice)
    {
        // The first reservation is for two images at a time.
        request = request with { Copies = 2 };
        if (Whole(file, request) is { } whole)
        {
            notice = null;
            return whole;
        }

        bool isCoarse = JpegMarkers.IsProgressive(file) && JpegMarkers.HasFirstScan(file);
        try
        {
            RgbImage image = SkiaDecoder.Decode(file, ImageFormat.Jpeg, request, out notice);
            if (notice is null || !isCoarse)
            {
                notice ??= isCoarse ? Coarse : "cut short: 100 % decoded";
                return image;
            }

            image.Dispose();
        }
        catch (ImageException) when (isCoarse)
        {
            // As below.
        }

        // A file that breaks off between two passes loses rows, although the passes before have them all.
        notice = Coarse;
        return SkiaDecoder.Decode(WithEnd(file.TrimEnd((byte)0xFF), []), ImageFormat.Jpeg, request, out _);
    }

    private static RgbImage? Whole(ReadOnlySpan<byte> file, DecodeRequest request)
    {
        ReadOnlySpan<byte> data = file.TrimEnd((byte)0xFF);
        if (!JpegMarkers.HasAllScans(data) || (data.Length > Padding && !data[^Padding..].ContainsAnyExcept(data[^1]))) return null;
        RgbImage? ended = null;
        try
        {
            ended = SkiaDecoder.Decode(WithEnd(data, []), ImageFormat.Jpeg, request, out string? notice);
            using RgbImage other = SkiaDecoder.Decode(WithEnd(data, Noise), ImageFormat.Jpeg, request, out string? otherNotice);
            if (notice is null && otherNotice is null && ended.Pixels.SequenceEqual(other.Pixels)) return ended;
        }
        catch (ImageException)
        {
            // Then the file as it is says why.
        }

        ended?.Dispose();
        return null;
    }

    private static byte[] WithEnd(ReadOnlySpan<byte> data, ReadOnlySpan<byte> tail) => [.. data, .. tail, 0xFF, 0xD9];
}
