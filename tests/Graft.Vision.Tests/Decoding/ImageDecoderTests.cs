using System.Text;
using Graft.Vision.Decoding;

namespace Graft.Vision.Tests.Decoding;

[Trait(Suites.Name, Suites.Kernels)]
public class ImageDecoderTests
{
    public static TheoryData<string> Images { get; } = new(Directory.GetFiles(Fixtures.PathOf(""), "*.rgb").Select(path => Path.GetFileNameWithoutExtension(path)));

    [Theory]
    [MemberData(nameof(Images))]
    public void EveryImageHasPilsPixels(string name)
    {
        using RgbImage image = ImageDecoder.Decode(Fixtures.Read(name), null, out string? notice);
        bool turned = name is "orientation5.jpg" or "orientation6.jpg" or "orientation7.jpg" or "orientation8.jpg" or "orientation6.png" or "orientation6.webp";
        Assert.Equal(turned ? (16, 24) : (24, 16), (image.Width, image.Height));
        Assert.Null(notice);
        byte[] expected = Fixtures.Read(name + ".rgb");
        Assert.True(image.Pixels.SequenceEqual(expected), $"Greatest difference {LargestDifference(image.Pixels, expected)}.");
    }

    [Fact]
    public void EveryKindOfImageIsThere() => Assert.Equal(32, Images.Count);

    [Fact]
    public void TheFormatIsToldByContent()
    {
        using TemporaryFolder folder = new();
        using RgbImage image = ImageDecoder.DecodeFile(folder.Write("an image.txt", Fixtures.Read("rgb.png")));
        Assert.Equal(Fixtures.Read("rgb.png.rgb"), image.Pixels);
    }

    // Truncation points, in percent of the file, chosen from the decoded rows: 0, 1/7, 1/3, just under and over one half, and nearly all.
    [Theory]
    [InlineData("large.jpg", 40, "a damaged JPEG file: its header cannot be read")]
    [InlineData("large.jpg", 50, "cut short: 0 % decoded")]
    [InlineData("large.jpg", 60, "cut short: 14 % decoded")]
    [InlineData("large.jpg", 70, "cut short: 31 % decoded")]
    [InlineData("large.jpg", 80, "cut short: 47 % decoded")]
    [InlineData("large-progressive.jpg", 20, "cut short: 0 % decoded")]
    [InlineData("large.png", 40, "cut short: 44 % decoded")]
    [InlineData("large.webp", 30, "damaged: nothing could be decoded")]
    [InlineData("large.webp", 65, "cut short: 40 % decoded")]
    [InlineData("large.gif", 50, "cut short: 36 % decoded")]
    [InlineData("large.bmp", 50, "cut short: 40 % decoded")]
    public void AImageWithLessThanHalfItsRowsIsRefused(string name, int percent, string reason)
    {
        byte[] file = Fixtures.Read(name);
        ImageException error = Assert.Throws<ImageException>(() => ImageDecoder.Decode(file.AsSpan(0, file.Length * percent / 100)));
        Assert.Equal(reason, error.Message);
    }

    [Theory]
    [InlineData("large.jpg", 85, "cut short: 64 % decoded", 62, 34)]
    [InlineData("large.jpg", 95, "cut short: 81 % decoded", 78, 18)]
    [InlineData("large.png", 55, "cut short: 58 % decoded", 56, 40)]
    [InlineData("large.webp", 80, "cut short: 57 % decoded", 55, 41)]
    [InlineData("large-lossless.webp", 70, "cut short: 66 % decoded", 64, 32)]
    [InlineData("large.gif", 80, "cut short: 73 % decoded", 70, 25)]
    public void AImageWithHalfItsRowsIsUsedAndReported(string name, int percent, string notice, int equalRows, int greyRows)
    {
        byte[] file = Fixtures.Read(name);
        using RgbImage whole = ImageDecoder.Decode(file), cut = ImageDecoder.Decode(file.AsSpan(0, file.Length * percent / 100), null, out string? said);
        Assert.Equal(notice, said);
        Assert.Equal((64, 96), (cut.Width, cut.Height));
        for (int y = 0; y < equalRows; y++) Assert.True(cut.Row(y).SequenceEqual(whole.Row(y)), $"row {y}");
        for (int y = 96 - greyRows; y < 96; y++) Assert.False(cut.Row(y).ContainsAnyExcept((byte)128), $"row {y}");
    }

    [Fact]
    public void AProgressiveJpegWithoutItsLastScansIsUsedAndReported()
    {
        byte[] file = Fixtures.Read("large-progressive.jpg");
        using RgbImage whole = ImageDecoder.Decode(file), cut = ImageDecoder.Decode(file.AsSpan(0, file.Length * 80 / 100), null, out string? notice);
        Assert.Equal("cut short: fine detail of a progressive JPEG is missing", notice);
        Assert.InRange(LargestDifference(cut.Pixels, whole.Pixels), 1, 200);
        int total = 0;
        for (int i = 0; i < cut.Pixels.Length; i++) total += Math.Abs(cut.Pixels[i] - whole.Pixels[i]);
        Assert.InRange((double)total / cut.Pixels.Length, 0, 12);
    }

    [Fact]
    public void ThePartThatMustBeDecodedIsSettable()
    {
        byte[] file = Fixtures.Read("large.jpg");
        using RgbImage cut = ImageDecoder.Decode(file.AsSpan(0, file.Length * 60 / 100), new ImageLimits { MinDecoded = 0.1 }, out string? notice);
        Assert.Equal("cut short: 14 % decoded", notice);
    }

    [Theory]
    [InlineData("", "empty file")]
    [InlineData("a", "not an image")]
    [InlineData("This is a text, not an image.", "not an image")]
    [InlineData("BMW makes cars, and this text begins like a bitmap.", "not an image")]
    [InlineData("GIF89a", "a damaged GIF file: its header cannot be read")]
    [InlineData("RIFF\u0010\0\0\0WEBPVP8 ", "a damaged WebP file: its header cannot be read")]
    [InlineData("\0\0\0\u0018ftypheic\0\0\0\0", "HEIC images are not supported; convert them to JPEG first (with ImageMagick: magick mogrify -format jpg *.heic)")]
    [InlineData("\0\0\0\u0018ftypavif\0\0\0\0", "AVIF images are not supported; convert them to JPEG first (with ImageMagick: magick mogrify -format jpg *.avif)")]
    [InlineData("<?xml version=\"1.0\"?><svg width=\"4\">", "SVG images are not supported; convert them to JPEG first (with ImageMagick: magick mogrify -format jpg *.svg)")]
    [InlineData("II*\0\u0010\0\0\0CR\u0002\0", "Camera raw images are not supported; convert them to JPEG first (with ImageMagick: magick mogrify -format jpg *.cr2)")]
    [InlineData("II*\0\b\0\0\0", "a damaged TIFF file: its header cannot be read")]
    public void WhatIsNotAImageIsNamed(string content, string reason)
    {
        ImageException error = Assert.Throws<ImageException>(() => ImageDecoder.Decode(Encoding.Latin1.GetBytes(content)));
        Assert.Equal(reason, error.Message);
    }

    [Fact]
    public void APixelBombIsRefusedBeforeItIsDecoded()
    {
        byte[] bomb = Fixtures.Read("bomb.png");
        long before = GC.GetAllocatedBytesForCurrentThread();
        ImageException error = Assert.Throws<ImageException>(() => ImageDecoder.Decode(bomb));
        Assert.Equal("400 megapixels, over the limit of 100", error.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    // Where each header keeps its sides: the start of frame of a JPEG, the logical screen of a GIF, the information header of a bitmap.
    [Theory]
    [InlineData("large.jpg", new byte[] { 0xFF, 0xC0 }, 5, new byte[] { 0xFF, 0xDC, 0xFF, 0xDC }, "4290.25 megapixels, over the limit of 100")]
    [InlineData("large.gif", new byte[] { (byte)'G', (byte)'I', (byte)'F' }, 6, new byte[] { 0xDC, 0xFF, 0xDC, 0xFF }, "4290.25 megapixels, over the limit of 100")]
    [InlineData("large.bmp", new byte[] { (byte)'B', (byte)'M' }, 18, new byte[] { 0x20, 0x4E, 0, 0, 0x20, 0x4E, 0, 0 }, "400 megapixels, over the limit of 100")]
    public void EveryFormatsHeaderIsChecked(string name, byte[] mark, int offset, byte[] sides, string reason)
    {
        byte[] file = Fixtures.Read(name);
        sides.CopyTo(file, file.AsSpan().IndexOf(mark) + offset);
        Assert.Equal(reason, Assert.Throws<ImageException>(() => ImageDecoder.Decode(file)).Message);
    }

    [Fact]
    public void ThePixelLimitIsSettable()
    {
        byte[] file = Fixtures.Read("rgb.png");
        using RgbImage image = ImageDecoder.Decode(file, new ImageLimits { MaxPixels = 24 * 16 });
        ImageException error = Assert.Throws<ImageException>(() => ImageDecoder.Decode(file, new ImageLimits { MaxPixels = (24 * 16) - 1 }));
        Assert.Equal("384 pixels, over the limit of 383", error.Message);
    }

    [Fact]
    public void TheByteLimitIsSettable()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.png", Fixtures.Read("large.png"));
        ImageException error = Assert.Throws<ImageException>(() => ImageDecoder.DecodeFile(path, new ImageLimits { MaxFileBytes = 4000 }));
        Assert.Equal("a file of 4749 bytes, over the limit of 4000 bytes", error.Message);
    }

    [Fact]
    public void FilesThatCannotBeReadAreNamed()
    {
        using TemporaryFolder folder = new();
        File.CreateSymbolicLink(folder["dangling.jpg"], folder["nothing.jpg"]);
        Assert.Equal("no such file", Assert.Throws<ImageException>(() => ImageDecoder.DecodeFile(folder["nothing.jpg"])).Message);
        Assert.Equal("a link to a file that is not there", Assert.Throws<ImageException>(() => ImageDecoder.DecodeFile(folder["dangling.jpg"])).Message);
        Assert.Equal("a folder, not a file", Assert.Throws<ImageException>(() => ImageDecoder.DecodeFile(folder.Path)).Message);
        Assert.Equal("empty file", Assert.Throws<ImageException>(() => ImageDecoder.DecodeFile(folder.Write("empty.jpg", []))).Message);
    }

    [Fact]
    public void HostileBytesGiveAImageOrAReason()
    {
        Numerics.Philox random = new(20260101);
        string[] seeds = ["subsampled.jpg", "large-progressive.jpg", "cmyk.jpg", "palette-transparent.png", "rgb16.png", "orientation6.png", "lossy.webp", "alpha.webp", "plain.bmp", "transparent.gif"];
        int images = 0, reasons = 0;
        ImageLimits limits = new() { MaxPixels = 1_000_000 };
        ulong draw = 0;
        foreach (string seed in seeds)
        {
            byte[] original = Fixtures.Read(seed);
            for (int trial = 0; trial < 300; trial++)
            {
                byte[] file = [.. original];
                int changes = 1 + random.Index(draw++, 8);
                for (int i = 0; i < changes; i++) file[random.Index(draw++, file.Length)] = (byte)random.Bits(draw++);
                int length = trial % 3 == 0 ? 1 + random.Index(draw++, file.Length) : file.Length;
                try
                {
                    using RgbImage image = ImageDecoder.Decode(file.AsSpan(0, length), limits);
                    images++;
                }
                catch (ImageException)
                {
                    reasons++;
                }
            }
        }

        Assert.Equal(3000, images + reasons);
        Assert.InRange(images, 500, 2900);
    }

    [Fact]
    public void ManyThreadsDecodeTheSamePixels()
    {
        byte[] file = Fixtures.Read("large.jpg");
        using RgbImage expected = ImageDecoder.Decode(file);
        Parallel.For(0, 200, _ =>
        {
            using RgbImage image = ImageDecoder.Decode(file);
            Assert.True(image.Pixels.SequenceEqual(expected.Pixels));
        });
    }

    private static int LargestDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (a.Length != b.Length) return -1;
        int largest = 0;
        for (int i = 0; i < a.Length; i++) largest = Math.Max(largest, Math.Abs(a[i] - b[i]));
        return largest;
    }
}
