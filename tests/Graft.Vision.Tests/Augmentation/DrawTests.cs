using Graft.Vision.Augmentation;
using Graft.Vision.Loading;

namespace Graft.Vision.Tests.Augmentation;

/// <summary>What is drawn: boxes, factors, and their distributions.</summary>
public class DrawTests
{
    private const int Many = 20_000;

    private static RandomStream At(int index, ulong seed = 3) => new(seed, RandomStream.Purpose.Image, 2, index);

    [Fact]
    public void DrawsDependOnSeedPurposeEpochAndIndex()
    {
        double[] first =
        [
            new RandomStream(1, RandomStream.Purpose.Image, 0, 0).Uniform(), new RandomStream(2, RandomStream.Purpose.Image, 0, 0).Uniform(), new RandomStream(1, RandomStream.Purpose.Batch, 0, 0).Uniform(),
            new RandomStream(1, RandomStream.Purpose.Image, 1, 0).Uniform(), new RandomStream(1, RandomStream.Purpose.Image, 0, 1).Uniform(),
        ];
        Assert.Equal(5, first.Distinct().Count());
        Assert.Equal(first[0], new RandomStream(1, RandomStream.Purpose.Image, 0, 0).Uniform());
    }

    [Fact]
    public void CropsHaveTheirScaleRatioAndPlace()
    {
        RandomCrop crop = new();
        const int Width = 400, Height = 400;
        double scale = 0, ratio = 0, left = 0;
        double least = 1, most = 0;
        for (int i = 0; i < Many; i++)
        {
            RandomStream draws = At(i);
            PixelBox box = crop.Draw(Width, Height, ref draws);
            Assert.True(box is { X: >= 0, Y: >= 0 } && box.X + box.Width <= Width && box.Y + box.Height <= Height);
            double part = (double)box.Width * box.Height / (Width * Height);
            Assert.InRange(part, 0.348, 1);
            Assert.InRange((double)box.Width / box.Height, 0.745, 1.345);
            (least, most) = (Math.Min(least, part), Math.Max(most, part));
            scale += part / Many;
            ratio += Math.Log((double)box.Width / box.Height) / Many;
            left += (box.X + (box.Width / 2.0)) / Width / Many;
        }

        // Large parts are drawn again where they do not fit: below the mean of 0.675 of all that are drawn.
        Assert.InRange(scale, 0.61, 0.66);
        Assert.InRange(ratio, -0.005, 0.005);
        Assert.InRange(left, 0.495, 0.505);
        Assert.InRange(least, 0.348, 0.352);
        Assert.InRange(most, 0.97, 1);
    }

    [Fact]
    public void CropsOfASeedAreTheSameForEver()
    {
        RandomCrop crop = new();
        PixelBox[] boxes = new PixelBox[4];
        for (int i = 0; i < boxes.Length; i++)
        {
            RandomStream draws = At(i);
            boxes[i] = crop.Draw(500, 333, ref draws);
        }

        Assert.Equal([new(45, 17, 350, 269), new(45, 0, 299, 327), new(120, 72, 253, 247), new(209, 7, 282, 306)], boxes);
    }

    [Theory]
    [InlineData(1000, 10, 493, 0, 13, 10)]
    [InlineData(10, 1000, 0, 493, 10, 13)]
    [InlineData(1, 1, 0, 0, 1, 1)]
    public void WhatIsTooNarrowIsCroppedInTheMiddle(int width, int height, int x, int y, int cropWidth, int cropHeight)
    {
        for (int i = 0; i < 20; i++)
        {
            RandomStream draws = At(i);
            Assert.Equal(new PixelBox(x, y, cropWidth, cropHeight), new RandomCrop().Draw(width, height, ref draws));
        }
    }

    [Fact]
    public void ErasingTakesItsPartOfAreaAndImages()
    {
        const int Side = 100;
        RandomErasing erasing = new() { Probability = 0.4 };
        float[] pixels = new float[Side * Side * 3];
        int erased = 0;
        double least = 1, most = 0;
        for (int i = 0; i < 3000; i++)
        {
            pixels.AsSpan().Fill(1);
            RandomStream draws = At(i);
            erasing.Apply(pixels, Side, ref draws);
            double part = pixels.Count(v => v == 0) / (double)pixels.Length;
            if (part == 0) continue;
            erased++;
            (least, most) = (Math.Min(least, part), Math.Max(most, part));
        }

        Assert.InRange(erased / 3000.0, 0.37, 0.43);
        Assert.InRange(least, 0.018, 0.03);
        Assert.InRange(most, 0.31, 0.34);
    }

    [Fact]
    public void NoiseFillsWithStandardNormals()
    {
        const int Side = 200;
        RandomErasing erasing = new() { Probability = 1, Fill = ErasingFill.Noise, Scale = new Interval(0.3, 0.33), Ratio = new Interval(1, 1) };
        float[] pixels = new float[Side * Side * 3];
        pixels.AsSpan().Fill(100);
        RandomStream draws = At(0);
        erasing.Apply(pixels, Side, ref draws);
        float[] noise = [.. pixels.Where(v => v != 100)];
        Assert.InRange(noise.Length / (double)pixels.Length, 0.29, 0.335);
        Assert.InRange(noise.Average(), -0.03, 0.03);
        Assert.InRange(noise.Average(v => v * v), 0.96, 1.04);
    }

    [Theory]
    [InlineData(0.2, 0.2)]
    [InlineData(1, 1)]
    [InlineData(2, 5)]
    public void BetaHasItsMeanAndVariance(double a, double b)
    {
        double sum = 0, squares = 0;
        for (int i = 0; i < Many; i++)
        {
            RandomStream draws = At(i);
            double value = draws.Beta(a, b);
            Assert.InRange(value, 0, 1);
            sum += value;
            squares += value * value;
        }

        double mean = sum / Many, variance = (squares / Many) - (mean * mean);
        Assert.Equal(a / (a + b), mean, 0.01);
        Assert.Equal(a * b / ((a + b) * (a + b) * (a + b + 1)), variance, 0.005);
    }

    [Fact]
    public void OperationsAreDrawnAlikeAndInBothDirections()
    {
        int[] counts = new int[RandAugment.Operations.Length];
        int negative = 0;
        for (int i = 0; i < Many; i++)
        {
            RandomStream draws = At(i);
            counts[draws.Index(RandAugment.Operations.Length)]++;
            if (draws.Chance(0.5)) negative++;
        }

        Assert.All(counts, count => Assert.InRange(count, (Many / 14) - 150, (Many / 14) + 150));
        Assert.InRange(negative, (Many / 2) - 300, (Many / 2) + 300);
    }
}
