using Graft.Vision.Samples;
using SkiaSharp;

namespace Graft.Vision.Tests.Samples;

public class DrawTests
{
    [Fact]
    public void LabelsAreTheKinds() => Assert.Equal(["daisy", "dandelion", "rose", "sunflower", "tulip"], SampleFlowers.Labels);

    [Theory]
    [InlineData(FlowerKind.Daisy)]
    [InlineData(FlowerKind.Dandelion)]
    [InlineData(FlowerKind.Rose)]
    [InlineData(FlowerKind.Sunflower)]
    [InlineData(FlowerKind.Tulip)]
    public void AImageDependsOnSeedKindAndIndexAlone(FlowerKind kind)
    {
        byte[] once = Pixels(kind, 7, 3, 64);
        Assert.Equal(once, Pixels(kind, 7, 3, 64));
        Assert.True(Distance(once, Pixels(kind, 8, 3, 64)) > 5);
        Assert.True(Distance(once, Pixels(kind, 7, 4, 64)) > 5);
        Assert.True(Distance(once, Pixels((FlowerKind)(((int)kind + 1) % 5), 7, 3, 64)) > 5);
    }

    [Theory]
    [InlineData(FlowerKind.Daisy)]
    [InlineData(FlowerKind.Dandelion)]
    [InlineData(FlowerKind.Rose)]
    [InlineData(FlowerKind.Sunflower)]
    [InlineData(FlowerKind.Tulip)]
    public void EveryImageIsOpaqueAndHasContrast(FlowerKind kind)
    {
        for (int index = 0; index < 25; index++)
        {
            using SKBitmap bitmap = SampleFlowers.Draw(kind, 1, index, 64);
            Assert.Equal((64, 64, SKColorType.Rgba8888), (bitmap.Width, bitmap.Height, bitmap.ColorType));
            byte[] pixels = bitmap.GetPixelSpan().ToArray();
            double sum = 0, squares = 0;
            for (int i = 0; i < pixels.Length; i += 4)
            {
                Assert.Equal(255, pixels[i + 3]);
                sum += pixels[i + 1];
                squares += pixels[i + 1] * pixels[i + 1];
            }

            double mean = sum / 4096, deviation = Math.Sqrt((squares / 4096) - (mean * mean));
            Assert.True(deviation > 6, $"{kind} {index}: the green channel has a standard deviation of {deviation:0.0}");
            Assert.InRange(mean, 5, 250);
        }
    }

    [Fact]
    public void AnotherSizeShowsTheSameScene()
    {
        for (int index = 0; index < 10; index++)
        {
            double same = Distance(Grid(FlowerKind.Rose, index, 64), Grid(FlowerKind.Rose, index, 160));
            double other = Distance(Grid(FlowerKind.Rose, index, 64), Grid(FlowerKind.Rose, index + 1, 160));
            Assert.True(same < 9, $"image {index} changes by {same:0.0} levels with its size");
            Assert.True(other > 12, $"images {index} and {index + 1} differ by {other:0.0} levels only");
        }
    }

    [Fact]
    public void WrongArgumentsAreNamed()
    {
        Assert.Equal(
            "There is no such kind of flower. (Parameter 'kind')\nActual value was 5.",
            Assert.Throws<ArgumentOutOfRangeException>(() => SampleFlowers.Draw((FlowerKind)5, 1, 0)).Message.ReplaceLineEndings("\n"));
        Assert.Equal(
            "The side of an image must be from 32 to 2048 pixels. (Parameter 'size')\nActual value was 31.",
            Assert.Throws<ArgumentOutOfRangeException>(() => SampleFlowers.Draw(FlowerKind.Rose, 1, 0, 31)).Message.ReplaceLineEndings("\n"));
        Assert.Equal("index", Assert.Throws<ArgumentOutOfRangeException>(() => SampleFlowers.Draw(FlowerKind.Rose, 1, -1)).ParamName);
        Assert.Equal(
            "The number of images of each kind must be from 1 to 100000. (Parameter 'ImagesPerClass')\nActual value was 0.",
            Assert.Throws<ArgumentOutOfRangeException>(() => new SampleFlowerOptions { ImagesPerClass = 0 }).Message.ReplaceLineEndings("\n"));
        Assert.Equal(
            "The side of an image must be from 32 to 2048 pixels. (Parameter 'Size')\nActual value was 4096.",
            Assert.Throws<ArgumentOutOfRangeException>(() => new SampleFlowerOptions { Size = 4096 }).Message.ReplaceLineEndings("\n"));
    }

    private static byte[] Pixels(FlowerKind kind, ulong seed, int index, int size)
    {
        using SKBitmap bitmap = SampleFlowers.Draw(kind, seed, index, size);
        return bitmap.GetPixelSpan().ToArray();
    }

    /// <summary>The mean colours of a grid of 8 x 8 cells.</summary>
    private static byte[] Grid(FlowerKind kind, int index, int size)
    {
        byte[] pixels = Pixels(kind, 1, index, size);
        double[] sums = new double[256];
        for (int i = 0; i < pixels.Length; i++)
        {
            int x = i / 4 % size, y = i / 4 / size;
            sums[(4 * ((y * 8 / size * 8) + (x * 8 / size))) + (i % 4)] += pixels[i] * 64.0 / (size * size);
        }

        return [.. sums.Select(sum => (byte)Math.Round(sum))];
    }

    private static double Distance(byte[] a, byte[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Average();
}
