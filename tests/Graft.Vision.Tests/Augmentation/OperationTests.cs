using System.Globalization;
using System.Security.Cryptography;
using Graft.Vision.Augmentation;
using Graft.Vision.Augmentation.Operations;

namespace Graft.Vision.Tests.Augmentation;

/// <summary>The operations against torchvision on PIL images.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public class OperationTests
{
    private const int Width = 29, Height = 23, Length = Width * Height * 3;
    private static readonly Colour Fill = new(124, 116, 104);

    private static readonly string[] Moves = ["ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate"];

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Augmentation", "Fixtures");

    private static IEnumerable<string[]> Rows => File.ReadLines(Path.Combine(Folder, "operations.csv")).Skip(1).Select(line => line.Split(','));

    [Fact]
    public void ColourOperationsHaveTorchvisionsBits()
    {
        int compared = 0;
        foreach (string[] row in Rows.Where(row => !Moves.Contains(row[1])))
        {
            using RgbImage actual = Apply(Image(row[0]), row[1], row[2]);
            Assert.True(row[3] == Convert.ToHexStringLower(SHA256.HashData(actual.Pixels)), string.Join(' ', row));
            compared++;
        }

        Assert.Equal(3 * (24 + (4 * 2 * 4) + (5 * 4)), compared);
    }

    [Fact]
    public void MovesAreTorchvisionsToAGreyLevel()
    {
        byte[] expected = File.ReadAllBytes(Path.Combine(Folder, "moved.rgb"));
        int at = 0;
        foreach (string[] row in Rows.Where(row => Moves.Contains(row[1])))
        {
            using RgbImage actual = Apply(Image(row[0]), row[1], row[2]);
            int different = 0;
            for (int i = 0; i < Length; i++)
            {
                Assert.InRange(actual.Pixels[i] - expected[at + i], -1, 1);
                if (actual.Pixels[i] != expected[at + i]) different++;
            }

            Assert.InRange(different, 0, Length / 20);
            at += Length;
        }

        Assert.Equal(40 * Length, at);
        Assert.Equal(expected.Length, at);
    }

    private static RgbImage Image(string kind)
    {
        if (kind != "dim") return TestImage.Make(Width, Height, kind);
        RgbImage image = new(Width, Height);
        for (int i = 0; i < Length; i++)
        {
            int x = i / 3 % Width, y = i / 3 / Width, c = i % 3;
            image.Pixels[i] = (byte)(60 + (((x * 90 / Width) + (y * 30 / Height) + (c * 10)) % 256));
        }

        return image;
    }

    private static RgbImage Apply(RgbImage image, string name, string value)
    {
        double number = double.Parse(value, CultureInfo.InvariantCulture);
        switch (name)
        {
            case "brightness": Blending.Brightness(image, (float)number); break;
            case "contrast": Blending.Contrast(image, (float)number); break;
            case "saturation": Blending.Saturation(image, (float)number); break;
            case "hue": Hue.Turn(image, number); break;
            case "sharpness": Sharpness.Apply(image, (float)number); break;
            default:
                RandAugment.Operation operation = Enum.Parse<RandAugment.Operation>(name);
                return RandAugment.Apply(image, operation, RandAugment.Strength(operation, (int)Math.Abs(number), Width, Height, value[0] == '-'), Fill);
        }

        return image;
    }
}
