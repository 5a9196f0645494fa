using Graft.Numerics;
using Graft.Vision.Augmentation;
using Graft.Vision.Augmentation.Appearance;

namespace Graft.Vision.Tests.Augmentation;

public sealed class AppearanceChangeTests
{
    private const int Side = 16;

    /// <summary>Against a convolution written out, with the same numbers drawn.</summary>
    [Fact]
    public void ARandomConvolutionIsOneWhoseChannelsKeepMeanAndDeviation()
    {
        for (ulong seed = 0; seed < 12; seed++)
        {
            float[] image = Image(), changed = [.. image];
            Philox random = new(seed, 7);
            RandomConvolution.Apply(changed, Side, random);
            int k = ((int[])[1, 3, 5, 7])[random.Index(0, 4)];
            double kept = random.Uniform(1);
            for (int c = 0; c < 3; c++)
            {
                double[] plane = new double[Side * Side], was = [.. Enumerable.Range(0, Side * Side).Select(i => (double)image[(i * 3) + c])];
                for (int y = 0; y < Side; y++)
                {
                    for (int x = 0; x < Side; x++)
                    {
                        for (int tap = 0; tap < 3 * k * k; tap++)
                        {
                            int v = Math.Clamp(y + (tap / k % k) - (k / 2), 0, Side - 1), u = Math.Clamp(x + (tap % k) - (k / 2), 0, Side - 1);
                            plane[(y * Side) + x] += random.Normal((ulong)(2 + (c * 3 * k * k) + tap)) / Math.Sqrt(3 * k * k) * image[(((v * Side) + u) * 3) + (tap / (k * k))];
                        }
                    }
                }

                (double mean, double deviation) = Moments(was);
                (double own, double spread) = Moments(plane);
                for (int i = 0; i < plane.Length; i++) Assert.Equal((kept * was[i]) + ((1 - kept) * (mean + (deviation / spread * (plane[i] - own)))), changed[(i * 3) + c], 1e-4);
            }
        }
    }

    [Fact]
    public void AnImageOfOneColourKeepsIt()
    {
        float[] image = [.. Enumerable.Repeat(0.25f, Side * Side * 3)];
        RandomConvolution.Apply(image, Side, new Philox(3));
        Assert.All(image, value => Assert.Equal(0.25f, value, 5));
    }

    [Fact]
    public void AChangeDependsOnSeedEpochAndImageAloneAndStaysAmongColours()
    {
        Preprocessing preprocessing = Preprocessing.ImageNet;
        int changed = 0, anew = 0;
        for (int index = 0; index < 200; index++)
        {
            float[] one = Normalized(preprocessing), same = [.. one], other = [.. one], before = [.. one];
            AppearanceChange change = new() { Probability = 0.6 };
            change.Apply(one, Side, preprocessing, new RandomStream(5, RandomStream.Purpose.Appearance, 2, index));
            change.Apply(same, Side, preprocessing, new RandomStream(5, RandomStream.Purpose.Appearance, 2, index));
            change.Apply(other, Side, preprocessing, new RandomStream(5, RandomStream.Purpose.Appearance, 3, index));
            Assert.Equal(one, same);
            if (!one.AsSpan().SequenceEqual(before))
            {
                changed++;

                // A painting of it is always the same.
                if (!one.AsSpan().SequenceEqual(other)) anew++;
            }

            for (int i = 0; i < one.Length; i++) Assert.InRange((one[i] * preprocessing.StandardDeviation[i % 3]) + preprocessing.Mean[i % 3], -1e-5f, 1 + 1e-5f);
        }

        Assert.InRange(changed, 100, 140);
        Assert.InRange(anew, (int)(0.9 * changed), changed);
        float[] left = Normalized(preprocessing);
        new AppearanceChange { Probability = 0 }.Apply(left, Side, preprocessing, new RandomStream(5, RandomStream.Purpose.Appearance, 0, 0));
        Assert.Equal(Normalized(preprocessing), left);
        Assert.Throws<ArgumentOutOfRangeException>(() => new AppearanceChange { Probability = 1.5 });
    }

    /// <summary>A cartoon has few colours: at most ten, and black outlines.</summary>
    [Fact]
    public void AFlatImageHasAFewColours()
    {
        for (ulong seed = 0; seed < 8; seed++)
        {
            float[] image = Image();
            Flattening.Apply(image, Side, new Philox(seed));
            Assert.InRange(image.Chunk(3).Distinct(EqualityComparer<float[]>.Create((a, b) => a!.AsSpan().SequenceEqual(b), a => a.Length)).Count(), 2, 11);
        }
    }

    /// <summary>An image on a sheet: a border of one colour, and within it what the image has, smaller: the same mean.</summary>
    [Fact]
    public void AnImageOnASheetIsSmaller()
    {
        float[] image = [.. Enumerable.Repeat(0.25f, Side * Side * 3)];
        int sheets = 0;
        for (ulong seed = 0; seed < 20; seed++)
        {
            float[] changed = [.. image];
            Canvas.Apply(changed, Side, new Philox(seed));
            float[][] colours = [.. changed.Chunk(3)];
            int own = colours.Count(colour => colour.All(value => Math.Abs(value - 0.25f) < 1e-5f));
            Assert.InRange(own, Side * Side / 4, Side * Side);
            if (own == Side * Side) continue;
            sheets++;
            Assert.Single(colours.Where(colour => colour.Any(value => Math.Abs(value - 0.25f) >= 1e-5f)).Select(colour => (colour[0], colour[1], colour[2])).Distinct());
        }

        Assert.InRange(sheets, 15, 20);
    }

    /// <summary>A disc of one colour on a ground of another: the disc stays, the ground becomes a sheet.</summary>
    [Fact]
    public void WhatIsInTheMiddleStaysAndWhatIsBehindItBecomesASheet()
    {
        const int size = 56;
        int white = 0;
        for (ulong seed = 0; seed < 20; seed++)
        {
            float[] image = [.. Enumerable.Range(0, size * size).SelectMany(i => IsDisc(i) ? (float[])[0.8f, 0.2f, 0.1f] : [0.1f, 0.3f, 0.2f])], changed = [.. image];
            Isolation.Apply(changed, size, new Philox(seed));
            float[] sheet = changed[..3];
            if (sheet.All(value => value == 1)) white++;
            Assert.NotEqual([0.1f, 0.3f, 0.2f], sheet);
            for (int i = 0; i < size * size; i++)
            {
                double away = Math.Abs(Radius(i) - 14);
                if (away > 3) Assert.Equal(IsDisc(i) ? image[(3 * i)..((3 * i) + 3)] : sheet, changed[(3 * i)..((3 * i) + 3)]);
            }
        }

        Assert.InRange(white, 8, 16);

        static double Radius(int i) => Math.Sqrt(Math.Pow((i % size) - 27.5, 2) + Math.Pow((i / size) - 27.5, 2));

        static bool IsDisc(int i) => Radius(i) < 14;
    }

    [Fact]
    public void ColoursAreThoseOfTheImage()
    {
        float[][] colours = [[1, 0, 0], [0, 0.5f, 0], [0, 0, 0.25f]];
        float[] image = [.. Enumerable.Range(0, 300).SelectMany(i => colours[i * i % 7 % 3])];
        for (ulong seed = 0; seed < 10; seed++)
        {
            float[] found = ColourClusters.Of(image, 8, new Philox(seed));
            Assert.Equal(24, found.Length);
            foreach (float[] colour in colours.Where(colour => found.Chunk(3).Any(each => each.SequenceEqual(colour))))
                Assert.Equal(colour, found.AsSpan(3 * ColourClusters.Nearest(found, [colour[0] - 0.01f, colour[1], colour[2] + 0.01f]), 3).ToArray());

            // Means of the three: r + 2 g + 4 b is 1 of each.
            Assert.All(found.Chunk(3), each => Assert.Equal(1, each[0] + (2 * each[1]) + (4 * each[2]), 1e-5));
        }
    }

    private static float[] Image() => [.. Enumerable.Range(0, Side * Side * 3).Select(i => 0.5f + (0.4f * MathF.Sin(i * i * 0.37f)))];

    private static float[] Normalized(Preprocessing preprocessing) => [.. Image().Select((value, i) => (value - preprocessing.Mean[i % 3]) / preprocessing.StandardDeviation[i % 3])];

    private static (double Mean, double Deviation) Moments(double[] values)
    {
        double mean = values.Average();
        return (mean, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))));
    }
}
