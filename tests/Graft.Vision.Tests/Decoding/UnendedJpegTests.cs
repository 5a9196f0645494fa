using Graft.Vision.Decoding;

namespace Graft.Vision.Tests.Decoding;

/// <summary>JPEG files without their end, and of kinds that are not read.</summary>
public sealed class UnendedJpegTests
{
    public static TheoryData<string> Jpegs { get; } = new(Directory.GetFiles(Fixtures.PathOf(""), "*.jpg").Select(path => Path.GetFileName(path)));

    [Theory]
    [MemberData(nameof(Jpegs))]
    public void OneThatLacksOnlyItsEndMarkerIsWhole(string name)
    {
        byte[] file = Fixtures.Read(name);
        Assert.Equal([0xFF, 0xD9], file[^2..]);
        using RgbImage whole = ImageDecoder.Decode(file);
        foreach (byte[] cut in (byte[][])[file[..^2], file[..^1], [.. file[..^2], 0xFF, 0xFF]])
        {
            using RgbImage image = ImageDecoder.Decode(cut, null, out string? notice);
            Assert.Null(notice);
            Assert.Equal((whole.Width, whole.Height), (image.Width, image.Height));
            Assert.True(image.Pixels.SequenceEqual(whole.Pixels));
        }

        // Also where it is decoded smaller.
        using DecodeLease lease = new();
        DecodeRequest request = new(ImageLimits.Default, ShorterSide: 4, lease);
        using RgbImage small = ImageDecoder.Decode(file, request, out _), smallCut = ImageDecoder.Decode(file.AsSpan(0, file.Length - 2), request, out _);
        Assert.True(smallCut.Pixels.SequenceEqual(small.Pixels));
    }

    [Theory]
    [MemberData(nameof(Jpegs))]
    public void WhatFollowsTheEndIsOfNoAccount(string name)
    {
        byte[] file = Fixtures.Read(name);
        using RgbImage whole = ImageDecoder.Decode(file), image = ImageDecoder.Decode([.. file, .. "and more bytes"u8, 0, 0xFF, 0xDA], null, out string? notice);
        Assert.Null(notice);
        Assert.True(image.Pixels.SequenceEqual(whole.Pixels));
    }

    [Theory]
    [InlineData("large.jpg", 3, "cut short: 81 % decoded")]
    [InlineData("large.jpg", 20, "cut short: 81 % decoded")]
    [InlineData("large-progressive.jpg", 20, "cut short: fine detail of a progressive JPEG is missing")]
    public void OneThatLacksMoreIsTold(string name, int bytes, string notice)
    {
        byte[] file = Fixtures.Read(name);
        using RgbImage whole = ImageDecoder.Decode(file), image = ImageDecoder.Decode(file.AsSpan(0, file.Length - 2 - bytes), null, out string? said);
        Assert.False(image.Pixels.SequenceEqual(whole.Pixels));
        Assert.Equal(notice, said);
    }

    [Fact]
    public void AProgressiveOneThatLacksWholeScansIsTold()
    {
        byte[] file = Fixtures.Read("large-progressive.jpg");
        using RgbImage whole = ImageDecoder.Decode(file);
        int scans = 0;
        for (int scan = file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]), first = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]); scan > first;)
        {
            // Tables before a scan belong to it; with or without them, the scan is missing.
            using RgbImage image = ImageDecoder.Decode(file.AsSpan(0, scan), null, out string? notice);
            Assert.Equal("cut short: fine detail of a progressive JPEG is missing", notice);
            double difference = 0;
            for (int i = 0; i < whole.Pixels.Length; i++) difference += Math.Abs(whole.Pixels[i] - image.Pixels[i]) / (double)whole.Pixels.Length;
            Assert.InRange(difference, 0.01, 20);
            scans++;
            scan = file.AsSpan(0, scan).LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        }

        Assert.Equal(9, scans);
    }

    [Fact]
    public void OneThatWasFilledUpIsTold()
    {
        byte[] file = Fixtures.Read("large.jpg");
        using RgbImage image = ImageDecoder.Decode([.. file.AsSpan(0, file.Length * 9 / 10), .. new byte[4096]], null, out string? notice);
        Assert.Equal("cut short: 100 % decoded", notice);
    }

    [Theory]
    [InlineData(0xC0, 12, "a JPEG with 12 bits a sample, and only 8 are supported; save it as an 8-bit JPEG or as PNG")]
    [InlineData(0xC0, 16, "a JPEG with 16 bits a sample, and only 8 are supported; save it as an 8-bit JPEG or as PNG")]
    [InlineData(0xC3, 8, "a JPEG of a lossless or hierarchical kind, which is not supported; save it as an ordinary JPEG or as PNG")]
    public void KindsThatAreNotReadAreNamed(byte frame, byte bits, string reason)
    {
        byte[] file = Fixtures.Read("large.jpg");
        int at = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        (file[at + 1], file[at + 4]) = (frame, bits);
        Assert.Equal(reason, Assert.Throws<ImageException>(() => ImageDecoder.Decode(file)).Message);
    }
}
