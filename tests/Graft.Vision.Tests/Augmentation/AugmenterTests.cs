using Graft.Vision.Augmentation;
using Graft.Vision.Loading;

namespace Graft.Vision.Tests.Augmentation;

public class AugmenterTests
{
    private static readonly ImagePreprocessor Preprocessor = new(new Preprocessing { Resolution = 32 });

    private static float[] Apply(AugmentationOptions options, RgbImage image, int index = 0, ulong seed = 1)
    {
        float[] result = new float[Preprocessor.Length];
        new Augmenter(Preprocessor, options).Apply(image, new RandomStream(seed, RandomStream.Purpose.Image, 0, index), result);
        return result;
    }

    [Theory]
    [InlineData(60, 45)]
    [InlineData(45, 60)]
    [InlineData(20, 33)]
    public void NoneIsWhatEvaluationSees(int width, int height)
    {
        RgbImage image = TestImage.Make(width, height, "noise");
        Augmenter augmenter = new(Preprocessor, AugmentationOptions.None);
        float[] expected = new float[Preprocessor.Length], actual = new float[Preprocessor.Length];
        Preprocessor.Apply(image, expected);
        augmenter.Apply(augmenter.Reduce(image), default, actual);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void FlipsMirrorTheImage()
    {
        RgbImage image = TestImage.Make(40, 40, "noise");
        float[] plain = Apply(AugmentationOptions.None, image);
        float[] mirrored = Apply(AugmentationOptions.None with { Mirror = 1 }, image), turned = Apply(AugmentationOptions.None with { UpsideDown = 1 }, image);
        for (int y = 0; y < 32; y++)
        {
            for (int x = 0; x < 32; x++)
            {
                for (int c = 0; c < 3; c++)
                {
                    Assert.Equal(plain[(((y * 32) + x) * 3) + c], mirrored[(((y * 32) + 31 - x) * 3) + c]);
                    Assert.Equal(plain[(((y * 32) + x) * 3) + c], turned[((((31 - y) * 32) + x) * 3) + c]);
                }
            }
        }
    }

    [Fact]
    public void HalfOfTheImagesAreMirrored()
    {
        RgbImage image = TestImage.Make(40, 40, "smooth");
        float[] plain = Apply(AugmentationOptions.None, image);
        int mirrored = Enumerable.Range(0, 400).Count(i => !Apply(AugmentationOptions.None with { Mirror = 0.5 }, image, i).AsSpan().SequenceEqual(plain));
        Assert.InRange(mirrored, 160, 240);
    }

    [Fact]
    public void ACropIsTheResizedBox()
    {
        RgbImage image = TestImage.Make(90, 70, "noise");
        RandomCrop crop = new();
        RandomStream draws = new(1, RandomStream.Purpose.Image, 0, 7);
        using RgbImage square = Resizer.Resize(image, crop.Draw(90, 70, ref draws), 32, 32, Interpolation.Bicubic);
        float[] expected = new float[Preprocessor.Length];
        Preprocessor.Normalize(square, expected);
        Assert.Equal(expected, Apply(AugmentationOptions.None with { Crop = crop }, image, 7));
    }

    [Fact]
    public void EachPartChangesTheImageAndNothingElse()
    {
        RgbImage image = TestImage.Make(60, 50, "smooth");
        byte[] before = image.Pixels.ToArray();
        float[] plain = Apply(AugmentationOptions.None, image);
        AugmentationOptions[] parts =
        [
            AugmentationOptions.None with { Colours = new ColourJitter() }, AugmentationOptions.None with { Colours = new ColourJitter { Brightness = 0, Contrast = 0, Saturation = 0, Hue = 0.2 } },
            AugmentationOptions.None with { RandAugment = new RandAugment { Count = 3, Magnitude = 15 } }, AugmentationOptions.None with { Erasing = new RandomErasing { Probability = 1 } },
            AugmentationOptions.Default,
        ];
        foreach (AugmentationOptions part in parts)
        {
            float[] first = Apply(part, image, 4);
            Assert.Equal(first, Apply(part, image, 4));
            Assert.NotEqual(plain, first);
            Assert.NotEqual(first, Apply(part, image, 5));
            Assert.NotEqual(first, Apply(part, image, 4, seed: 2));
            Assert.All(first, value => Assert.InRange(value, -2.2f, 2.7f));
        }

        Assert.Equal(before, image.Pixels.ToArray());
    }

    [Theory]
    [InlineData(0.35, 55)]
    [InlineData(1, 32)]
    [InlineData(0.08, 64)]
    public void LargeImagesAreReducedAsFarAsTheSmallestCropAllows(double scale, int side)
    {
        Augmenter augmenter = new(Preprocessor, new AugmentationOptions { Crop = new RandomCrop { Scale = new Interval(scale, 1) } });
        Assert.Equal(side, augmenter.WorkingSide);
        using RgbImage reduced = augmenter.Reduce(TestImage.Make(300, 200, "smooth"));
        Assert.Equal((side * 3 / 2, side), (reduced.Width, reduced.Height));
        RgbImage small = TestImage.Make(30, 20, "smooth");
        Assert.Same(small, augmenter.Reduce(small));
    }

    [Fact]
    public void OptionsAreChecked()
    {
        Assert.Equal("Scale goes from a low to a high number, both in [0.001, 1]; these are 0.5 and 0.2. (Parameter 'Scale')",
            Message(() => new RandomCrop { Scale = new Interval(0.5, 0.2) }));
        Assert.Equal("Ratio goes from a low to a high positive number; these are 0 and 2. (Parameter 'Ratio')", Message(() => new RandomCrop { Ratio = new Interval(0, 2) }));
        Assert.Equal("The strength of Brightness must be between 0, which leaves it out, and 10. (Parameter 'Brightness')", Message(() => new ColourJitter { Brightness = -1 }));
        Assert.Equal("The change of hue must be between 0 and 0.5 of the circle. (Parameter 'Hue')", Message(() => new ColourJitter { Hue = 0.6 }));
        Assert.Equal("The magnitude must be between 0 and 30. (Parameter 'Magnitude')", Message(() => new RandAugment { Magnitude = 31 }));
        Assert.Equal("The probability Mirror must be between 0 and 1. (Parameter 'Mirror')", Message(() => new AugmentationOptions { Mirror = double.NaN }));
        Assert.Equal("MixUpAlpha must be between 0, which leaves it out, and 1000. (Parameter 'MixUpAlpha')", Message(() => new BatchMixing { MixUpAlpha = -0.1 }));
    }

    private static string Message(Func<object> make) => Assert.Throws<ArgumentOutOfRangeException>(make).Message.Split('\n')[0];
}
