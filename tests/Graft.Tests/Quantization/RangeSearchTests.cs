using Graft.Kernels.Quantization;
using Graft.Quantization;

namespace Graft.Tests.Quantization;

/// <summary>Ranges of values that are known.</summary>
public sealed class RangeSearchTests
{
    [Fact]
    public void AHistogramCountsTheSameInAnyOrderAndAnyPieces()
    {
        float[] values = [.. Enumerable.Range(0, 5000).Select(i => (float)(((i * 7919 % 5000) - 1000) * Math.Pow(10, i % 4) / 1e4))];
        ValueHistogram whole = Of(values), pieces = new();
        foreach (float[] piece in values.Reverse().Chunk(33)) pieces.Add(piece);
        Assert.Equal(whole.Bins().Middles, pieces.Bins().Middles);
        Assert.Equal(whole.Bins().Counts, pieces.Bins().Counts);
        Assert.Equal((values.Min(), values.Max(), values.Length, values.Count(value => value == 0)), (whole.Low, whole.High, (int)whole.Count, (int)whole.Zeros));
        Assert.Equal(whole.Count - whole.Zeros, whole.Bins().Counts.Sum());
    }

    [Fact]
    public void ABinIsFarSmallerThanAStepOfTheGrid()
    {
        ValueHistogram values = Of([.. Enumerable.Range(1, 100_000).Select(i => i / 100_000f * 5)]);
        Assert.InRange(values.Bins().Middles.Length, 2048, 4096);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void NumbersThatAreNotFiniteHaveNoRange(float value)
    {
        Assert.Throws<ArgumentException>(() => new ValueHistogram().Add([.. Enumerable.Repeat(1f, 40), value, .. Enumerable.Repeat(1f, 40)]));
        Assert.Throws<ArgumentException>(() => new ValueHistogram().Add([value]));
    }

    /// <summary>All but one value lie evenly within -1 and 3; the outlier is at 100.</summary>
    [Fact]
    public void EachRuleChoosesItsRange()
    {
        ValueHistogram values = Of([.. Enumerable.Range(0, 40_001).Select(i => (i / 10_000f) - 1), 100]);
        Range(values, RangeRule.MinMax, -1, 100, 0);

        // One of 40,002 values is less than 0.01 %, and so are the three at the end before it.
        Range(values, RangeRule.Percentile, -1, 3, 0.06);

        // A step over all of it is 0.4, and an error of 0.4^2 / 12 in each value less than what is cut off of one: 97^2 / 40,002.
        Assert.InRange(RangeSearch.Grid(values, RangeRule.Mse).Range.High, 30, 95);
        Assert.InRange(RangeSearch.Grid(values, RangeRule.Entropy).Range.High, 2.9f, 20);
    }

    [Fact]
    public void WithoutOutliersEachRuleKeepsTheWholeRange()
    {
        ValueHistogram values = Of([.. Enumerable.Range(0, 100_000).Select(i => i / 100_000f * 6)]);
        foreach (RangeRule rule in Enum.GetValues<RangeRule>()) Range(values, rule, 0, 6, 0.07);
    }

    /// <summary>The least squared error of a normal distribution in 8 bits is at 3.92 standard deviations on either side (Banner et al. 2018, arXiv:1810.05723, figure 1, has 3.9 for the Gaussian).</summary>
    [Fact]
    public void TheLeastErrorOfANormalDistributionIsWhereItIsKnownToBe()
    {
        Graft.Numerics.Philox random = new(3);
        ValueHistogram values = Of([.. Enumerable.Range(0, 400_000).Select(i => (float)random.Normal((ulong)i))]);
        ByteGrid grid = RangeSearch.Grid(values, RangeRule.Mse);
        Assert.InRange(grid.Range.High, 3.6f, 4.3f);
        Assert.InRange(grid.Range.Low, -4.3f, -3.6f);
        (double[] middles, long[] counts) = values.Bins();
        double least = RangeSearch.Error(middles, counts, grid);
        foreach (RangeRule rule in Enum.GetValues<RangeRule>()) Assert.True(least <= RangeSearch.Error(middles, counts, RangeSearch.Grid(values, rule)) * 1.0001, $"{rule}");
    }

    [Fact]
    public void ValuesThatAreAllZeroHaveAGrid()
    {
        foreach (RangeRule rule in Enum.GetValues<RangeRule>()) Assert.Equal(0, RangeSearch.Grid(Of(new float[9]), rule).Nearest(0));
    }

    private static void Range(ValueHistogram values, RangeRule rule, double low, double high, double within)
    {
        ByteGrid grid = RangeSearch.Grid(values, rule);
        double step = grid.Scale + within;
        Assert.True(Math.Abs(grid.Range.Low - low) <= step && Math.Abs(grid.Range.High - high) <= step, $"{rule}: {grid.Range}");
    }

    private static ValueHistogram Of(float[] values)
    {
        ValueHistogram histogram = new();
        histogram.Add(values);
        return histogram;
    }
}
