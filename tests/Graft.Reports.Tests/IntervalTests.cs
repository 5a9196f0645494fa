namespace Graft.Reports.Tests;

public class IntervalTests
{
    // statsmodels.stats.proportion.proportion_confint(method="wilson") gives the same.
    [Theory]
    [InlineData(0.8, 10, 0.4901625, 0.9433178)]
    [InlineData(0.0, 10, 0.0, 0.2775328)]
    [InlineData(1.0, 10, 0.7224672, 1.0)]
    [InlineData(0.5, 100, 0.4038315, 0.5961685)]
    public void IsWilsons(double part, int count, double low, double high)
    {
        (double gotLow, double gotHigh) = Interval.Wilson(part, count);
        Assert.Equal(low, gotLow, 6);
        Assert.Equal(high, gotHigh, 6);
    }
}
