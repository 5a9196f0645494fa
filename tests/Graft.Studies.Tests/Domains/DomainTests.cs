using Graft.Studies.Data;
using Graft.Studies.Domains;
using Graft.Vision.Augmentation.Appearance;

namespace Graft.Studies.Tests.Domains;

public sealed class DomainTests
{
    private const int Side = 16;

    [Fact]
    public void PhotographsStayAsTheyAre()
    {
        Images images = Random(count: 3);
        Images same = Domain.Photographs.Of(images);
        Assert.Equal("photographs", Domain.All[0].Name);
        Assert.All(Enumerable.Range(0, images.Pixels.Length), i => Assert.Equal(images.Pixels[i], same.Pixels[i], 1e-6f));
    }

    [Fact]
    public void EveryOtherDomainChangesEveryImageAndStaysInRange()
    {
        Images images = Random(count: 4);
        foreach (Domain domain in Domain.All.Skip(1))
        {
            Images changed = domain.Of(images);
            Assert.All(changed.Pixels, value => Assert.InRange(value, -1, 1));
            for (int i = 0; i < images.Count; i++) Assert.True(Distance(images[i], changed[i]) > 0.05, $"{domain.Name} {i}");
        }
    }

    [Fact]
    public void AImageIsAlwaysChangedAlike()
    {
        Images images = Random(count: 4);
        foreach (Domain domain in Domain.All)
        {
            Assert.Equal(domain.Of(images).Pixels, domain.Of(images).Pixels);
            Assert.Equal(domain.Of(images).Pick([0, 1]).Pixels, domain.Of(images.Pick([0, 1])).Pixels);
        }
    }

    [Fact]
    public void RecolouringLeavesGreyAlone()
    {
        Images grey = Grey();
        Images changed = Domain.All.Single(domain => domain.Name == "recoloured").Of(grey);
        Assert.All(Enumerable.Range(0, grey.Pixels.Length), i => Assert.Equal(grey.Pixels[i], changed.Pixels[i], 1e-5f));
    }

    [Fact]
    public void RecolouringKeepsLuma()
    {
        // Pale enough for nothing to be cut off.
        Images images = Random(count: 2, range: 0.2f);
        Images changed = Domain.All.Single(domain => domain.Name == "recoloured").Of(images);
        for (int i = 0; i < images.Pixels.Length; i += 3)
            Assert.Equal(Luma.Of(images.Pixels[i], images.Pixels[i + 1], images.Pixels[i + 2]), Luma.Of(changed.Pixels[i], changed.Pixels[i + 1], changed.Pixels[i + 2]), 1e-5);
    }

    [Fact]
    public void LightIsTheSameAtEveryPixel()
    {
        Images flat = Grey(_ => 0.3f);
        Images changed = Domain.All.Single(domain => domain.Name == "re-lit").Of(flat);
        for (int c = 0; c < 3; c++) Assert.Single(changed.Pixels.Where((_, i) => i % 3 == c).Distinct());
        Assert.NotEqual(changed.Pixels[0], changed.Pixels[1]);
    }

    [Fact]
    public void PaintingsHaveFewTonesAndDarkOutlines()
    {
        Domain stylized = Domain.All.Single(domain => domain.Name == "stylized");

        // Without edges there is no ink: -0.1 of [-1, 1] is 0.45, whose nearest of the five tones is 0.5.
        Assert.All(stylized.Of(Grey(_ => -0.1f)).Pixels, value => Assert.Equal(0, value, 1e-6f));

        // Half black, half white: far from the edge they stay so; beside it white is inked.
        Images halves = stylized.Of(Grey(x => x < Side / 2 ? -1 : 1));
        Assert.Equal(-1, halves[0][0], 1e-6f);
        Assert.Equal(1, halves[0][(Side - 1) * 3], 1e-6f);
        Assert.Equal(0, halves[0][Side / 2 * 3], 1e-6f);
    }

    [Fact]
    public void AContactSheetIsAJpegFile()
    {
        byte[] sheet = ContactSheet.Of([Random(count: 3), Random(count: 3)]);
        Assert.Equal([0xFF, 0xD8], sheet[..2]);
    }

    private static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += Math.Abs(a[i] - b[i]);
        return sum / a.Length;
    }

    private static Images Random(int count, float range = 1)
    {
        Graft.Numerics.Philox random = new(1);
        float[] pixels = [.. Enumerable.Range(0, count * Side * Side * 3).Select(i => range * (float)((2 * random.Uniform((ulong)i)) - 1))];
        return new Images(Side, pixels, [.. Enumerable.Range(0, count).Select(i => i % 2)], ["a", "b"]);
    }

    private static Images Grey(Func<int, float>? value = null) =>
        new(Side, [.. Enumerable.Range(0, Side * Side).SelectMany(i => Enumerable.Repeat(value is null ? (i / (float)(Side * Side)) - 0.5f : value(i % Side), 3))], [0], ["a", "b"]);
}
