using System.Buffers.Binary;
using BitMiracle.LibTiff.Classic;
using Graft.Vision.Decoding;

namespace Graft.Vision.Tests.Decoding;

/// <summary>TIFF, and the orientation in WebP.</summary>
public sealed class OtherFormatTests
{
    private const int Width = 24, Height = 16;

    [Fact]
    public void TheOrientationOfAWebPIsReadWithAndWithoutThePrefixOfJpeg()
    {
        byte[] file = Fixtures.Read("orientation6.webp");
        int chunk = file.AsSpan().IndexOf("EXIF"u8), length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(chunk + 4));
        byte[] exif = file[(chunk + 8)..(chunk + 8 + length)], plain = exif.AsSpan().StartsWith("Exif\0\0"u8) ? exif[6..] : exif;
        byte[] expected = Fixtures.Read("orientation6.webp.rgb");
        foreach (byte[] content in (byte[][])[plain, [.. "Exif\0\0"u8, .. plain]])
        {
            byte[] size = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(size, content.Length);
            byte[] made = [.. file.AsSpan(0, chunk + 4), .. size, .. content, .. new byte[content.Length & 1]];
            BinaryPrimitives.WriteInt32LittleEndian(made.AsSpan(4), made.Length - 8);
            using RgbImage image = ImageDecoder.Decode(made);
            Assert.Equal((16, 24), (image.Width, image.Height));
            Assert.True(image.Pixels.SequenceEqual(expected));
        }
    }

    [Theory]
    [InlineData(Compression.NONE, 3, 8)]
    [InlineData(Compression.LZW, 3, 8)]
    [InlineData(Compression.ADOBE_DEFLATE, 3, 8)]
    [InlineData(Compression.PACKBITS, 3, 8)]
    [InlineData(Compression.LZW, 3, 16)]
    [InlineData(Compression.LZW, 1, 8)]
    public void TiffHasThePixelsThatWereWritten(Compression compression, int samples, int bits)
    {
        using RgbImage source = Image();
        using RgbImage image = ImageDecoder.Decode(Tiff(compression, samples, bits));
        Assert.Equal((Width, Height), (image.Width, image.Height));
        for (int i = 0; i < image.Pixels.Length; i++) Assert.Equal(source.Pixels[samples == 1 ? i - (i % 3) : i], image.Pixels[i]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void TiffIsTurnedAsItSays(int orientation)
    {
        using RgbImage expected = Vision.Decoding.Orientation.Apply(Image(), orientation);
        using RgbImage image = ImageDecoder.Decode(Tiff(Compression.LZW, 3, 8, tiff => tiff.SetField(TiffTag.ORIENTATION, (BitMiracle.LibTiff.Classic.Orientation)orientation)));
        Assert.Equal((expected.Width, expected.Height), (image.Width, image.Height));
        Assert.True(image.Pixels.SequenceEqual(expected.Pixels));
    }

    [Fact]
    public void TiffIsLaidOverWhite()
    {
        byte[] file = Tiff(Compression.NONE, 4, 8, tiff => tiff.SetField(TiffTag.EXTRASAMPLES, 1, new short[] { (short)ExtraSample.UNASSALPHA }));
        using RgbImage source = Image(), image = ImageDecoder.Decode(file);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            int opacity = Opacity(i / 3);
            Assert.InRange(image.Pixels[i], (((source.Pixels[i] * opacity) + ((255 - opacity) * 255)) / 255.0) - 1.5, (((source.Pixels[i] * opacity) + ((255 - opacity) * 255)) / 255.0) + 1.5);
        }
    }

    [Fact]
    public void TiffThatIsNotReadSaysWhy()
    {
        byte[] file = Tiff(Compression.NONE, 3, 8);
        Assert.Equal("384 pixels, over the limit of 383", Assert.Throws<ImageException>(() => ImageDecoder.Decode(file, new ImageLimits { MaxPixels = 383 })).Message);
        Assert.Equal(
            "a TIFF of a kind that is not supported (3 samples of 32 bits, compression NONE); convert it to JPEG or PNG",
            Assert.Throws<ImageException>(() => ImageDecoder.Decode(Tiff(Compression.NONE, 3, 32))).Message);
        Assert.Equal(
            "Camera raw images are not supported; convert them to JPEG first (with ImageMagick: magick mogrify -format jpg *.dng)",
            Assert.Throws<ImageException>(() => ImageDecoder.Decode(Tiff(Compression.NONE, 3, 8, tiff => tiff.SetField(TiffTag.SUBFILETYPE, FileType.REDUCEDIMAGE)))).Message);

        // A strip that is said to lie beyond the end.
        byte[] cut = [.. file];
        int strips = Entry(cut, TiffTag.STRIPOFFSETS);
        BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(strips + 8), cut.Length - 10);
        Assert.Equal("a TIFF that is damaged or cut short", Assert.Throws<ImageException>(() => ImageDecoder.Decode(cut)).Message);

        // A field with more values than the file has bytes.
        byte[] hostile = [.. file];
        BinaryPrimitives.WriteInt32LittleEndian(hostile.AsSpan(Entry(hostile, TiffTag.BITSPERSAMPLE) + 4), 1_000_000_000);
        Assert.Equal("a damaged TIFF file: its header cannot be read", Assert.Throws<ImageException>(() => ImageDecoder.Decode(hostile)).Message);
    }

    [Fact]
    public void HostileTiffGivesAImageOrAReason()
    {
        Numerics.Philox random = new(20260202);
        byte[][] seeds = [Tiff(Compression.NONE, 3, 8), Tiff(Compression.LZW, 3, 8), Tiff(Compression.ADOBE_DEFLATE, 1, 8), Tiff(Compression.PACKBITS, 3, 16)];
        ImageLimits limits = new() { MaxPixels = 1_000_000 };
        ulong draw = 0;
        int images = 0, reasons = 0;
        for (int trial = 0; trial < 2000; trial++)
        {
            byte[] file = [.. seeds[trial % seeds.Length]];
            for (int changes = 1 + random.Index(draw++, 6); changes > 0; changes--) file[4 + random.Index(draw++, file.Length - 4)] = (byte)random.Bits(draw++);
            try
            {
                using RgbImage image = ImageDecoder.Decode(file.AsSpan(0, trial % 3 == 0 ? 1 + random.Index(draw++, file.Length) : file.Length), limits);
                images++;
            }
            catch (ImageException)
            {
                reasons++;
            }
        }

        Assert.Equal(2000, images + reasons);
        Assert.InRange(images, 200, 1900);
    }

    private static RgbImage Image() => TestImage.Make(Width, Height, "smooth");

    private static int Opacity(int pixel) => pixel * 255 / ((Width * Height) - 1);

    private static int Entry(byte[] file, TiffTag tag)
    {
        int directory = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(4));
        int at = directory + 2;
        while (BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at)) != (ushort)tag) at += 12;
        return at;
    }

    private static byte[] Tiff(Compression compression, int samples, int bits, Action<Tiff>? more = null)
    {
        using RgbImage source = Image();
        using MemoryStream stream = new();
        using (Tiff tiff = BitMiracle.LibTiff.Classic.Tiff.ClientOpen("", "wl", stream, new TiffStream()))
        {
            tiff.SetField(TiffTag.IMAGEWIDTH, Width);
            tiff.SetField(TiffTag.IMAGELENGTH, Height);
            tiff.SetField(TiffTag.SAMPLESPERPIXEL, samples);
            tiff.SetField(TiffTag.BITSPERSAMPLE, bits);
            tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
            tiff.SetField(TiffTag.PHOTOMETRIC, samples == 1 ? Photometric.MINISBLACK : Photometric.RGB);
            tiff.SetField(TiffTag.COMPRESSION, compression);
            tiff.SetField(TiffTag.ROWSPERSTRIP, 5);
            more?.Invoke(tiff);
            byte[] row = new byte[Width * samples * bits / 8];
            for (int y = 0; y < Height; y++)
            {
                for (int x = 0; x < Width; x++)
                {
                    for (int c = 0; c < samples; c++)
                    {
                        int value = c == 3 ? Opacity((y * Width) + x) : source.Row(y)[(3 * x) + c], at = ((x * samples) + c) * bits / 8;
                        row.AsSpan(at, bits / 8).Fill((byte)value);
                    }
                }

                Assert.True(tiff.WriteScanline(row, y));
            }

            tiff.WriteDirectory();
        }

        return stream.ToArray();
    }
}
