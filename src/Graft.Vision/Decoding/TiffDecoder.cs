using System.Buffers.Binary;
using BitMiracle.LibTiff.Classic;

namespace Graft.Vision.Decoding;

/// <summary>Reads the first page of a TIFF.</summary>
internal static class TiffDecoder
{
    private const int ReducedImage = 1, MostSamples = 16;

    // Bytes of a value of each type of field, from BYTE on (TIFF 6.0, section 2).
    private static readonly int[] TypeSizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 8, 8, 8];

    // The library has one handler for the whole process, which by itself writes to standard error.
    static TiffDecoder() => Tiff.SetErrorHandler(new Silent());

    /// <summary>Decodes a file's content.</summary>
    /// <exception cref="ImageException">The image cannot be used; the message is the reason.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file, DecodeRequest request)
    {
        if (!IsPlausible(file)) throw new ImageException("a damaged TIFF file: its header cannot be read");
        try
        {
            using MemoryStream stream = new(file.ToArray(), writable: false);
            using Tiff? tiff = Tiff.ClientOpen("", "r", stream, new TiffStream());
            return tiff is null ? throw new ImageException("a damaged TIFF file: its header cannot be read") : Read(tiff, file.Length, request);
        }
        catch (Exception cause) when (cause is not (ImageException or OutOfMemoryException))
        {
            // The library answers damage with whatever its code ran into: bad indexes, null references, overflows.
            throw new ImageException("a damaged TIFF file: its pixels cannot be read", cause);
        }
    }

    private static unsafe RgbImage Read(Tiff tiff, int fileLength, DecodeRequest request)
    {
        int width = Number(tiff, TiffTag.IMAGEWIDTH), height = Number(tiff, TiffTag.IMAGELENGTH), samples = tiff.GetFieldDefaulted(TiffTag.SAMPLESPERPIXEL)[0].ToInt();
        if (width <= 0 || height <= 0 || samples is <= 0 or > MostSamples) throw new ImageException("a damaged TIFF file: its header cannot be read");
        ImageDecoder.ThrowIfTooManyPixels(width, height, request.Limits);
        if (tiff.IsTiled()) ImageDecoder.ThrowIfTooManyPixels(Number(tiff, TiffTag.TILEWIDTH), Number(tiff, TiffTag.TILELENGTH), request.Limits);
        if ((Number(tiff, TiffTag.SUBFILETYPE) & ReducedImage) != 0) throw new ImageException(ImageFormats.Unsupported("Camera raw", "dng"));
        int bits = tiff.GetFieldDefaulted(TiffTag.BITSPERSAMPLE)[0].ToInt();
        if (!tiff.RGBAImageOK(out _)) throw new ImageException($"a TIFF of a kind that is not supported ({samples} samples of {bits} bits, compression {Compression(tiff)}); convert it to JPEG or PNG");

        // The file as it is and as the library reads it; the library's pixels and at most one strip of all rows; the image, twice where it is turned.
        int orientation = tiff.GetField(TiffTag.ORIENTATION) is { } said ? said[0].ToInt() : 1;
        request.Lease.Take((2L * fileLength) + ((long)width * height * (4 + (samples * Math.Max(1, bits / 8)) + 3 + (orientation > 1 ? 3 : 0)) * request.Copies));
        int[] pixels = GC.AllocateUninitializedArray<int>(width * height);
        BitMiracle.LibTiff.Classic.Orientation stored = (BitMiracle.LibTiff.Classic.Orientation)(orientation is >= 1 and <= 8 ? orientation : 1);
        if (!tiff.ReadRGBAImageOriented(width, height, pixels, stored, stopOnError: true)) throw new ImageException("a TIFF that is damaged or cut short");

        RgbImage image = new(width, height);
        fixed (byte* to = image.Buffer)
        {
            // Red in the low byte, then green, blue and the opacity, which is multiplied into them: over white, what is missing from it is white.
            byte* at = to;
            foreach (int pixel in pixels)
            {
                int white = 255 - (pixel >>> 24);
                at[0] = (byte)Math.Min(255, (pixel & 255) + white);
                at[1] = (byte)Math.Min(255, ((pixel >> 8) & 255) + white);
                at[2] = (byte)Math.Min(255, ((pixel >> 16) & 255) + white);
                at += 3;
            }
        }

        return Orientation.Apply(image, orientation);
    }

    private static int Number(Tiff tiff, TiffTag tag) => tiff.GetField(tag) is { } value ? value[0].ToInt() : 0;

    private static string Compression(Tiff tiff) => tiff.GetFieldDefaulted(TiffTag.COMPRESSION)[0].Value is Compression known ? known.ToString() : "unknown";

    /// <summary>Whether no field of the first page says that it has more values than the file has room for: the library would make the room.</summary>
    private static bool IsPlausible(ReadOnlySpan<byte> file)
    {
        if (file.Length < 8) return false;
        bool little = file[0] == (byte)'I';
        uint directory = Long(file[4..], little);
        if (directory > file.Length - 2) return false;
        int entries = Word(file[(int)directory..], little);
        ReadOnlySpan<byte> entry = file[((int)directory + 2)..];
        if (entries == 0 || entry.Length < 12L * entries) return false;
        for (; entries > 0; entries--, entry = entry[12..])
        {
            int type = Word(entry[2..], little);
            if (type < TypeSizes.Length && (long)Long(entry[4..], little) * TypeSizes[type] > file.Length) return false;
        }

        return true;
    }

    private static uint Long(ReadOnlySpan<byte> bytes, bool little) => little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private static int Word(ReadOnlySpan<byte> bytes, bool little) => little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private sealed class Silent : TiffErrorHandler
    {
        public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }

        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }
    }
}
