using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Tasks;

namespace Graft.Tests.Reservoirs.Tasks;

/// <summary>By how much one forecast must be better than another to be chosen.</summary>
public class ForecastTestsOfChance
{
    [Theory]
    [InlineData(new[] { 2.0 }, new[] { 1.0 }, false)]
    [InlineData(new[] { 2.0, 2.0 }, new[] { 1.0, 1.0 }, true)]
    [InlineData(new[] { 2.0, 2.0 }, new[] { 2.0, 2.0 }, false)]
    [InlineData(new[] { 2.0, 2.0 }, new[] { 0.2, 1.99 }, false)]
    [InlineData(new[] { 2.0, 2.0 }, new[] { 0.6, 1.6 }, true)]
    [InlineData(new[] { 1.0, 1.0 }, new[] { 2.0, 2.0 }, false)]
    [InlineData(new[] { 2.0, 2.0, double.NaN }, new[] { 1.0, 1.0, 1.0 }, true)]
    [InlineData(new[] { 3.0, 1.0, 3.0, 1.0, 3.0 }, new[] { 2.0, 2.0, 2.0, 2.0, 2.0 }, false)]
    public void LessIsLessOnMostBlocks(double[] first, double[] second, bool isLess) => Assert.Equal(isLess, PairedTest.IsLess(first, second));

    [Fact]
    public void OfBlocksThatDifferByChanceAFifthSeemsLess()
    {
        foreach (int blocks in (int[])[2, 4, 11, 16, 40])
        {
            int less = 0;
            for (ulong i = 0; i < 4000; i++)
            {
                Philox random = new(i + (10_000 * (ulong)blocks));
                if (PairedTest.IsLess(new double[blocks], [.. Enumerable.Range(0, blocks).Select(k => random.Normal((ulong)k))])) less++;
            }

            Assert.InRange(less, 720, 880);
        }
    }

    [Fact]
    public void DriftIsBetterWhereTheHistoryDriftsAndNotWhereItWanders()
    {
        Philox random = new(3);
        double walk = 0;
        double[] drifting = [.. Enumerable.Range(0, 200).Select(t => (0.5 * t) + random.Normal((ulong)t) + (t % 12))], wandering = [.. Enumerable.Range(0, 200).Select(t => walk += random.Normal((ulong)t + 1000))];
        foreach (int rows in (int[])[1, 12])
        {
            HeldOut heldOut = HeldOut.Of(200, 12, rows);
            Assert.True(DriftTest.IsBetter(drifting, rows, heldOut, 12));
            Assert.False(DriftTest.IsBetter(wandering, rows, heldOut, 12));
            Assert.False(DriftTest.IsBetter(new double[200], rows, heldOut, 12));
            Assert.False(DriftTest.IsBetter([.. Enumerable.Repeat(double.NaN, 200)], rows, heldOut, 12));

            // As large as numbers may be.
            Assert.True(DriftTest.IsBetter([.. drifting.Select(value => 1e298 * value)], rows, heldOut, 12));
        }
    }

    [Fact]
    public void ADriftOfManySeasonsIsNotGivenUpForOneThatWasFlat()
    {
        // A tenth more each year, but for the last: half of the rows that choose are of that year.
        Philox random = new(11);
        double[] growth = [.. Enumerable.Range(0, 10).Select(year => year == 9 ? 0.0 : 0.1)];
        double level = 0;
        Matrix series = new(120, 1);
        for (int t = 0; t < 120; t++) series[t, 0] = 100 * Math.Exp((level += growth[t / 12] / 12) + (0.2 * Math.Sin(Math.Tau * t / 12)) + (0.01 * random.Normal((ulong)t)));
        Assert.True(DriftTest.IsBetter([.. Enumerable.Range(0, 120).Select(t => Math.Log(series[t, 0]))], 12, HeldOut.Of(120, 12, 12), 12));
    }
}
