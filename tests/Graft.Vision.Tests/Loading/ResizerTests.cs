using System.Globalization;
using System.Security.Cryptography;
using Graft.Vision.Loading;
using Graft.Vision.Resampling;

namespace Graft.Vision.Tests.Loading;

[Trait(Suites.Name, Suites.Kernels)]
public class ResizerTests
{
    [Fact]
    public void EveryCaseHasPilsBits()
    {
        int cases = 0;
        foreach (string[] row in Fixtures.Csv("resize.csv"))
        {
            int[] n = [.. row[1..9].Select(field => int.Parse(field, CultureInfo.InvariantCulture))];
            using RgbImage source = TestImage.Make(n[0], n[1], row[0]);
            using RgbImage resized = Resizer.Resize(source, new PixelBox(n[2], n[3], n[4], n[5]), n[6], n[7], Enum.Parse<Interpolation>(row[9]));
            Assert.Equal((n[6], n[7]), (resized.Width, resized.Height));
            Assert.True(row[10] == Convert.ToHexStringLower(SHA256.HashData(resized.Pixels)), string.Join(',', row[..10]));
            cases++;
        }

        Assert.Equal(306, cases);
    }

    [Theory]
    [InlineData(Interpolation.Bilinear)]
    [InlineData(Interpolation.Bicubic)]
    public void AWindowHoldsTheBitsOfTheWhole(Interpolation interpolation)
    {
        using RgbImage source = TestImage.Make(61, 47, "noise");
        foreach ((int width, int height) in new[] { (30, 90), (61, 20), (20, 47), (61, 47), (100, 100) })
        {
            PixelBox window = new(width / 4, height / 3, width / 2, height / 2);
            using RgbImage whole = Resizer.Resize(source, width, height, interpolation);
            using RgbImage part = Resizer.Resize(source, new PixelBox(0, 0, 61, 47), width, height, window, interpolation);
            for (int y = 0; y < window.Height; y++)
                Assert.True(part.Row(y).SequenceEqual(whole.Row(window.Y + y).Slice(window.X * 3, window.Width * 3)), $"{width} x {height}, row {y}");
        }
    }

    [Fact]
    public unsafe void TheVectorPathsHaveTheBitsOfTheFormula()
    {
        using RgbImage source = TestImage.Make(203, 150, "extremes");
        foreach (int size in new[] { 1, 2, 3, 7, 31, 64, 150, 203, 250, 611 })
        {
            foreach (Interpolation interpolation in Enum.GetValues<Interpolation>())
            {
                ResampleWeights weights = new(203, size, 0, size, interpolation);
                byte[] fast = new byte[(size * 3) + RgbImage.Slack], slow = new byte[(size * 3) + RgbImage.Slack];
                fixed (byte* input = source.Buffer, a = fast, b = slow)
                {
                    HorizontalPass.Row(input + (203 * 3), a, weights);
                    HorizontalPass.RowScalar(input + (203 * 3), b, weights);
                }

                Assert.Equal(slow.AsSpan(0, size * 3), fast.AsSpan(0, size * 3));

                int[] column = weights.Weights[..weights.Used[0]];
                if (column.Length > 150) continue;
                int length = Math.Min(size * 3, 600);
                fixed (byte* input = source.Buffer, a = fast, b = slow)
                {
                    VerticalPass.Row(input, 203 * 3, a, length, column);
                    VerticalPass.RowScalar(input, 203 * 3, b, length, column);
                }

                Assert.Equal(slow.AsSpan(0, length), fast.AsSpan(0, length));
            }
        }
    }

    [Fact]
    public void ABoxOutsideTheImageIsRefused()
    {
        using RgbImage source = new(10, 8);
        ArgumentException error = Assert.Throws<ArgumentException>(() => Resizer.Resize(source, new PixelBox(5, 0, 6, 8), 4, 4, Interpolation.Bilinear));
        Assert.Equal("A box must lie inside the image of 10 x 8 and hold a pixel; this one starts at (5, 0) and is 6 x 8. (Parameter 'box')", error.Message);
    }
}
