using Graft.Vision.Decoding;
using Graft.Vision.Explanations;

namespace Graft.Vision.Tests.Explanations;

public class ActivationMapTests
{
    private static ActivationMap Map { get; } = new(Class: 3, Height: 2, Width: 2, [0, 4, 8, 0]);

    [Theory]
    [InlineData(0.25, 0.25, 0)]
    [InlineData(0.75, 0.25, 4)]
    [InlineData(0.25, 0.75, 8)]
    [InlineData(0.5, 0.25, 2)]
    [InlineData(0.25, 0.5, 4)]
    [InlineData(0.5, 0.5, 3)]
    [InlineData(1, 0, 4)]
    [InlineData(0, 1, 8)]
    public void LiesBilinearlyBetweenTheMiddlesOfItsCells(double x, double y, float expected) => Assert.Equal(expected, Map.At(x, y), 1e-6f);

    [Fact]
    public void AMapOfOneCellIsTheSameEverywhere()
    {
        ActivationMap map = new(0, 1, 1, [5]);
        Assert.Equal(5, map.At(0, 1));
        Assert.Equal(5, map.At(0.3, 0.9));
    }

    [Fact]
    public void WhereNothingSpeaksForTheClassTheImageIsGrey()
    {
        using RgbImage image = new(1, 1, [100, 200, 50]);
        using RgbImage over = new ActivationMap(0, 1, 1, [0]).Over(image);
        Assert.Equal([153, 153, 153], over.Pixels.ToArray()); // 0.299 * 100 + 0.587 * 200 + 0.114 * 50
    }

    [Fact]
    public void ThePeakHasTheLastColourWithAQuarterOfTheImage()
    {
        using RgbImage image = new(1, 1, [100, 100, 100]);
        using RgbImage over = new ActivationMap(0, 1, 1, [7]).Over(image);
        Assert.Equal([214, 216, 148], over.Pixels.ToArray()); // 100 + 0.75 * (252, 255, 164 - 100)
    }

    [Fact]
    public void AJpegIsTheImage()
    {
        using RgbImage image = new(40, 24);
        for (int i = 0; i < image.Pixels.Length; i++) image.Pixels[i] = (byte)((i / 3 % 40 * 4) + (i % 3 * 20));
        using RgbImage decoded = ImageDecoder.Decode(image.ToJpeg(quality: 95));
        Assert.Equal((40, 24), (decoded.Width, decoded.Height));
        for (int i = 0; i < image.Pixels.Length; i++) Assert.Equal(image.Pixels[i], decoded.Pixels[i], 4.0);
    }
}
