using Graft.Vision.Decoding;
using Graft.Vision.Samples;
using SkiaSharp;

namespace Graft.Vision.Tests.Samples;

public class SampleStylesTests
{
    [Theory]
    [InlineData(nameof(StyleKind.Strokes))]
    [InlineData(nameof(StyleKind.Mosaic))]
    [InlineData(nameof(StyleKind.Waves))]
    public void TheSameSeedDrawsTheSameAndAnotherSomethingElse(string name)
    {
        StyleKind kind = Enum.Parse<StyleKind>(name);
        using SKBitmap one = SampleStyles.Draw(kind, 3, 96), two = SampleStyles.Draw(kind, 3, 96), other = SampleStyles.Draw(kind, 4, 96);
        Assert.Equal((96, 96), (one.Width, one.Height));
        Assert.Equal(one.Bytes, two.Bytes);
        Assert.NotEqual(one.Bytes, other.Bytes);
        Assert.All(one.Pixels, p => Assert.Equal(255, p.Alpha));
        Assert.True(one.Pixels.Distinct().Count() > 20);
    }

    [Fact]
    public void WrittenStylesCanBeRead()
    {
        string folder = Directory.CreateTempSubdirectory("graft-styles-").FullName;
        try
        {
            SampleStyles.Write(Path.Combine(folder, "new"), size: 64);
            Assert.Equal(["mosaic.png", "strokes.png", "waves.png"], ImageFolder.ScanUnlabelled(folder).Items.Select(item => item.RelativePath[4..]));
            foreach (ImageItem item in ImageFolder.ScanUnlabelled(folder).Items)
            {
                using RgbImage read = ImageDecoder.DecodeFile(item.Path);
                using SKBitmap drawn = SampleStyles.Draw(Enum.Parse<StyleKind>(Path.GetFileNameWithoutExtension(item.Path), ignoreCase: true), size: 64);
                Assert.Equal(drawn.Pixels.SelectMany(p => (byte[])[p.Red, p.Green, p.Blue]), read.Pixels.ToArray());
                Assert.Equal(read.Pixels, ImageDecoder.Decode(read.ToPng()).Pixels);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void ErrorsSayTheRule()
    {
        Assert.StartsWith("The side of a style must be from 64 to 2048 pixels.", Assert.Throws<ArgumentOutOfRangeException>(() => SampleStyles.Draw(StyleKind.Waves, size: 63)).Message, StringComparison.Ordinal);
    }
}
