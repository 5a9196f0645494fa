using Graft.Vision.Checking;

namespace Graft.Vision.Tests.Checking;

public class ImageLookTests
{
    [Fact]
    public void ALookIsTheSameAfterItWasKept()
    {
        ImageLook look = ImageLook.Of(TestImage.Make(200, 120, "noise"));
        float[] numbers = look.ToNumbers();
        ImageLook kept = ImageLook.FromNumbers(numbers);
        Assert.Equal(ImageLook.Length, numbers.Length);
        Assert.Equal(look with { Thumbnail = [] }, kept with { Thumbnail = [] });
        Assert.Equal(look.Thumbnail, kept.Thumbnail);
        Assert.Equal((200, 120), (kept.Width, kept.Height));
    }

    [Fact]
    public void TheHashIsOfThePixelsAndTheSize()
    {
        byte[] pixels = new byte[6 * 4 * 3];
        UInt128 wide = ImageLook.Of(new RgbImage(6, 4, pixels)).Pixels, high = ImageLook.Of(new RgbImage(4, 6, pixels)).Pixels;
        Assert.Equal(wide, ImageLook.Of(new RgbImage(6, 4, pixels)).Pixels);
        Assert.NotEqual(wide, high);
        pixels[^1] = 1;
        Assert.NotEqual(wide, ImageLook.Of(new RgbImage(6, 4, pixels)).Pixels);
    }

    [Fact]
    public void TheSpreadIsTheLargestDeviationOfAColour()
    {
        RgbImage image = new(2, 1, [10, 100, 50, 10, 120, 52]);
        Assert.Equal(10, ImageLook.Of(image).Spread, 1e-4);
    }

    [Fact]
    public void BlurLowersSharpnessAndContrastDoesNot()
    {
        RgbImage sharp = CheckedFolder.Change(new RgbImage(120, 120), (x, y, c) => 40 + (40 * (((x / 7 * 5) + (y / 9 * 3)) % 4)));
        float[] blurred = [.. ((double[])[1, 1.5, 2.5]).Select(deviation => Sharpness.Of(CheckedFolder.Blur(sharp, deviation)))];
        Assert.True(Sharpness.Of(sharp) > blurred[0] && blurred[0] > blurred[1] && blurred[1] > blurred[2]);
        Assert.True(blurred[1] < 0.58f);
        RgbImage pale = CheckedFolder.Change(sharp, (x, y, c) => 60 + (sharp.Row(y)[(3 * x) + c] * 0.5));
        Assert.Equal(Sharpness.Of(sharp), Sharpness.Of(pale), 0.05f);
        Assert.Equal(1, Sharpness.Of(CheckedFolder.Change(sharp, (x, y, c) => 90)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5000)]
    [InlineData(7000, 2)]
    public void ImagesOfAnyShapeHaveALook(int width, int height)
    {
        ImageLook look = ImageLook.Of(TestImage.Make(width, height, "noise"));
        Assert.Equal((width, height), (look.Width, look.Height));
        Assert.True(float.IsFinite(look.Sharpness) && float.IsFinite(look.Spread));
    }
}
