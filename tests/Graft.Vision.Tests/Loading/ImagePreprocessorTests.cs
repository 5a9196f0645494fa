using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Graft.Vision.Loading;

namespace Graft.Vision.Tests.Loading;

[Trait(Suites.Name, Suites.Kernels)]
public class ImagePreprocessorTests
{
    [Fact]
    public void EveryCaseHasTorchvisionsBits()
    {
        int cases = 0;
        foreach (string[] row in Fixtures.Csv("preprocess.csv"))
        {
            int[] n = [.. row[1..5].Select(field => int.Parse(field, CultureInfo.InvariantCulture))];
            Preprocessing basis = row[6] == "1" ? Preprocessing.Centered : Preprocessing.ImageNet;
            ImagePreprocessor preprocessor = new(basis with { Resolution = n[2], CropFraction = (double)n[2] / n[3], Interpolation = Enum.Parse<Interpolation>(row[5]) });
            using RgbImage source = TestImage.Make(n[0], n[1], row[0]);
            float[] values = new float[preprocessor.Length];
            preprocessor.Apply(source, values);
            Assert.True(row[7] == Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan()))), string.Join(',', row[..7]));
            cases++;
        }

        Assert.Equal(176, cases);
    }

    [Fact]
    public void TheShorterSideIsRoundedToEven()
    {
        // 35 / 0.4 = 87.5 becomes 88, 33 / 0.4 = 82.5 becomes 82: an image of that size is only cropped.
        foreach ((int resolution, int side) in new[] { (35, 88), (33, 82) })
        {
            ImagePreprocessor preprocessor = new(new Preprocessing { Resolution = resolution, CropFraction = 0.4 });
            using RgbImage source = TestImage.Make(side, side, "noise");
            using RgbImage square = preprocessor.ResizeAndCrop(source);
            int top = (int)Math.Round((side - resolution) / 2.0);
            for (int y = 0; y < resolution; y++) Assert.True(square.Row(y).SequenceEqual(source.Row(top + y).Slice(top * 3, resolution * 3)));
        }
    }

    [Fact]
    public void ADestinationOfAnotherLengthIsRefused()
    {
        ImagePreprocessor preprocessor = new(new Preprocessing { Resolution = 4 });
        using RgbImage image = new(8, 8);
        ArgumentException error = Assert.Throws<ArgumentException>(() => preprocessor.Apply(image, new float[47]));
        Assert.Equal("An image at resolution 4 becomes 48 values; the destination has room for 47. (Parameter 'destination')", error.Message);
    }

    [Fact]
    public void AImageTooNarrowToResizeIsRefused()
    {
        ImagePreprocessor preprocessor = new(new Preprocessing { Resolution = 224 });
        using RgbImage image = new(1, 10_000_000);
        ImageException error = Assert.Throws<ImageException>(() => preprocessor.ResizeAndCrop(image));
        Assert.Equal("10000000 pixels by 1: too narrow to be resized", error.Message);
    }
}
