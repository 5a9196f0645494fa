using Graft.Numerics;

namespace Graft.Tests.Numerics;

public class PhiloxTests
{
    // Random123's kat_vectors, "philox4x32 10": counter, key, result.
    [Theory]
    [InlineData(0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void GivesThePublishedVectors(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3)
    {
        Philox philox = new(k0 | ((ulong)k1 << 32), c2 | ((ulong)c3 << 32));
        Assert.Equal((x0, x1, x2, x3), philox.Block(c0 | ((ulong)c1 << 32)));
    }

    [Fact]
    public void UniformAndNormalNumbersHaveTheirMoments()
    {
        Philox philox = new(5);
        double sum = 0, normalSum = 0, normalSquares = 0;
        const int Count = 100_000;
        for (ulong i = 0; i < Count; i++)
        {
            double uniform = philox.Uniform(i), normal = philox.Normal(i);
            Assert.InRange(uniform, 0, 1 - 1e-16);
            (sum, normalSum, normalSquares) = (sum + uniform, normalSum + normal, normalSquares + (normal * normal));
        }

        // Five standard errors.
        Assert.Equal(0.5, sum / Count, 5 * 0.289 / Math.Sqrt(Count));
        Assert.Equal(0, normalSum / Count, 5 / Math.Sqrt(Count));
        Assert.Equal(1, normalSquares / Count, 5 * Math.Sqrt(2.0 / Count));
    }

    [Fact]
    public void ShufflesArePermutationsInWhichEveryPlaceIsAsLikely()
    {
        int[] counts = new int[6];
        for (ulong seed = 0; seed < 6000; seed++)
        {
            int[] items = [0, 1, 2, 3, 4, 5];
            new Philox(seed).Shuffle(items.AsSpan());
            counts[Array.IndexOf(items, 0)]++;
            Assert.Equal([0, 1, 2, 3, 4, 5], items.Order());
        }

        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }
}
