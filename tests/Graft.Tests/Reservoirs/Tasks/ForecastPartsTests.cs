using Graft.Numerics;
using Graft.Reservoirs.Tasks;

namespace Graft.Tests.Reservoirs.Tasks;

public class ForecastPartsTests
{
    [Fact]
    public void DifferencesAreUndone()
    {
        Matrix series = TaskSeries.Passengers(40);
        foreach (int[] lags in (int[][])[[], [1], [12], [1, 12]])
        {
            Differences differences = new(lags);
            Assert.Equal(lags.Sum(), differences.Order);
            History history = new(differences.Order, 1);
            for (int t = 0; t < 40; t++)
            {
                if (t >= differences.Order)
                {
                    double expected = lags switch
                    {
                        [] => 0,
                        [1] => series[t - 1, 0],
                        [12] => series[t - 12, 0],
                        _ => series[t - 1, 0] + series[t - 12, 0] - series[t - 13, 0],
                    };
                    Assert.Equal(expected, differences.Naive(history, 0), 1e-9);
                }

                history.Push(series.Row(t));
            }
        }
    }

    [Fact]
    public void HistoryIsTheLastRows()
    {
        History history = new(3, 1);
        for (int t = 0; t < 5; t++) history.Push([t]);
        Assert.Equal([4, 3, 2], (double[])[history[1, 0], history[2, 0], history[3, 0]]);
        Assert.Equal<double>([2, 3, 4], [.. history.Rows().Values]);
        History copy = new(3, history.Rows());
        copy.Push([9]);
        Assert.Equal((9, 4), (copy[1, 0], history[1, 0]));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(7)]
    [InlineData(24)]
    public void SeasonsAreFound(int season)
    {
        Philox random = new((ulong)season);
        double[] series = [.. Enumerable.Range(0, 10 * season).Select(t => (0.3 * t) + (5 * Math.Sin(2 * Math.PI * t / season)) + random.Normal((ulong)t))];
        Assert.Equal(season, Seasons.Find(series));
        Assert.Equal(1, Seasons.Find([.. Enumerable.Range(0, 200).Select(t => random.Normal((ulong)t + 5000))]));
        Assert.Equal(1, Seasons.Find([.. Enumerable.Range(0, 200).Select(t => 2.0 * t)]));
    }

    [Fact]
    public void ErrorsThatAgreeCountAsFewer()
    {
        Assert.Equal(1, IntervalWidths.Effective([3, 3, 3, 3]), 0.7);
        Assert.Equal(4, IntervalWidths.Effective([3, -3, 3, -3]));

        // Sums over the last ten of independent numbers are alike for ten rows: a correlation of neighbours of 0.9.
        Philox random = new(6);
        double[] noise = [.. Enumerable.Range(0, 4010).Select(t => 1e200 * random.Normal((ulong)t))];
        Assert.InRange(IntervalWidths.Effective(noise), 3700, 4010);
        Assert.InRange(IntervalWidths.Effective([.. Enumerable.Range(0, 4000).Select(t => noise.AsSpan(t, 10).ToArray().Sum())]), 4000 * 0.03, 4000 * 0.08);
    }

    [Theory]
    [InlineData(1e-200)]
    [InlineData(1e200)]
    public void SeasonsAndLogarithmsMindNoUnit(double unit)
    {
        double[] passengers = [.. TaskSeries.Passengers(144).Values.ToArray().Select(value => unit * value)];
        Assert.Equal(12, Seasons.Find(passengers));
        Assert.True(Seasons.WantsLogarithm(passengers, 12));
    }

    [Fact]
    public void LogarithmsAreForSwingsThatGrow()
    {
        Assert.True(Seasons.WantsLogarithm(TaskSeries.Passengers(144).Values, 12));
        Assert.False(Seasons.WantsLogarithm(TaskSeries.Load(480).Values, 24));
        Assert.False(Seasons.WantsLogarithm([.. Enumerable.Range(0, 144).Select(t => TaskSeries.Passengers(144)[t, 0] - 200)], 12));
    }

    [Fact]
    public void QuantilesAreConformal()
    {
        double[] errors = [-1, 2, -3, 4, -5, 6, -7, 8, -9];

        // ceil(10 * 0.9) = 9 of 9, ceil(10 * 0.8) = 8; of 9 errors none is enough for 0.95: the greatest, and more.
        Assert.Equal(9, IntervalWidths.Quantile(errors, 0.9));
        Assert.Equal(8, IntervalWidths.Quantile(errors, 0.8));
        Assert.Equal(9 * Math.Sqrt(10.0 / 9), IntervalWidths.Quantile(errors, 0.95));

        // Of 9 that say as much as 4: the ceil(5 * 0.6) = 3rd of 4, that is the ceil(9 * 3 / 4) = 7th of 9; for 0.9 the greatest, and more.
        Assert.Equal(7, IntervalWidths.Quantile(errors, 0.6, 4));
        Assert.Equal(9 * Math.Sqrt(5.0 / 4), IntervalWidths.Quantile(errors, 0.9, 4));
        Assert.Equal([1, 2.5, 2.5, 4, 4], IntervalWidths.Rising([1, 3, 2, 4, double.NaN]));
        Assert.Equal([2, 2, 2], IntervalWidths.Rising([3, 2, 1]));
    }
}
