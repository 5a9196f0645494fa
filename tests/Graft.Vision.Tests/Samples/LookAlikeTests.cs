using Graft.Vision.Samples;
using SkiaSharp;

namespace Graft.Vision.Tests.Samples;

public class LookAlikeTests
{
    public static TheoryData<string> Kinds => [.. Enum.GetNames<LookAlikeKind>()];

    [Fact]
    public void LabelsAreTheKinds() => Assert.Equal(["anemone", "clematis", "cosmos", "daisy", "gerbera"], LookAlikeFlowers.Labels);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AnImageDependsOnSeedKindAndIndexAlone(string name)
    {
        LookAlikeKind kind = Enum.Parse<LookAlikeKind>(name);
        byte[] once = Pixels(kind, 7, 3);
        Assert.Equal(once, Pixels(kind, 7, 3));
        Assert.True(Distance(once, Pixels(kind, 8, 3)) > 5);
        Assert.True(Distance(once, Pixels(kind, 7, 4)) > 5);
        Assert.True(Distance(once, Pixels((LookAlikeKind)(((int)kind + 1) % 5), 7, 3)) > 5);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EveryImageIsOpaqueAndHasContrast(string name)
    {
        LookAlikeKind kind = Enum.Parse<LookAlikeKind>(name);
        for (int index = 0; index < 20; index++)
        {
            byte[] pixels = Pixels(kind, 1, index);
            double[] green = [.. Enumerable.Range(0, 64 * 64).Select(i => (double)pixels[(4 * i) + 1])];
            double mean = green.Average(), deviation = Math.Sqrt(green.Average(g => (g - mean) * (g - mean)));
            Assert.All(Enumerable.Range(0, 64 * 64), i => Assert.Equal(255, pixels[(4 * i) + 3]));
            Assert.True(deviation > 6, $"{kind} {index}: the green channel has a standard deviation of {deviation:0.0}");
            Assert.InRange(mean, 5, 250);
        }
    }

    [Fact]
    public void TheEasierFlowersAreOthers()
    {
        using SKBitmap plain = SampleFlowers.Draw(FlowerKind.Daisy, 1, 0, 64);
        Assert.All(Enum.GetValues<LookAlikeKind>(), kind => Assert.True(Distance(plain.GetPixelSpan().ToArray(), Pixels(kind, 1, 0)) > 5));
    }

    [Fact]
    public void WrongArgumentsAreNamed()
    {
        Assert.Equal(
            "There is no such kind of flower. (Parameter 'kind')\nActual value was 5.",
            Assert.Throws<ArgumentOutOfRangeException>(() => LookAlikeFlowers.Draw((LookAlikeKind)5, 1, 0)).Message.ReplaceLineEndings("\n"));
        Assert.Equal("index", Assert.Throws<ArgumentOutOfRangeException>(() => LookAlikeFlowers.Draw(LookAlikeKind.Daisy, 1, -1)).ParamName);
        Assert.Equal(
            "The side of an image must be from 32 to 2048 pixels. (Parameter 'size')\nActual value was 31.",
            Assert.Throws<ArgumentOutOfRangeException>(() => LookAlikeFlowers.Draw(LookAlikeKind.Daisy, 1, 0, 31)).Message.ReplaceLineEndings("\n"));
        Assert.StartsWith("The number of images of each kind must be from 1 to 100000.", Message(() => new LookAlikeOptions { ImagesPerClass = 0 }), StringComparison.Ordinal);
        Assert.StartsWith("The number of held-out images of each kind must be from 0 to 100000.", Message(() => new LookAlikeOptions { HeldOutPerClass = -1 }), StringComparison.Ordinal);
        Assert.StartsWith("The part of wrong labels must be from 0 to 0.5.", Message(() => new LookAlikeOptions { WrongLabels = double.NaN }), StringComparison.Ordinal);
        Assert.StartsWith("The side of an image must be from 32 to 2048 pixels.", Message(() => new LookAlikeOptions { Size = 4096 }), StringComparison.Ordinal);

        static string Message(Func<object> make) => Assert.Throws<ArgumentOutOfRangeException>(make).Message;
    }

    private static byte[] Pixels(LookAlikeKind kind, ulong seed, int index)
    {
        using SKBitmap bitmap = LookAlikeFlowers.Draw(kind, seed, index, 64);
        Assert.Equal((64, 64, SKColorType.Rgba8888), (bitmap.Width, bitmap.Height, bitmap.ColorType));
        return bitmap.GetPixelSpan().ToArray();
    }

    private static double Distance(byte[] a, byte[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Average();
}
