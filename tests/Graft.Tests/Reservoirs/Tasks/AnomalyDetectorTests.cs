using Graft.Numerics;
using Graft.Reservoirs.Tasks;

namespace Graft.Tests.Reservoirs.Tasks;

public class AnomalyDetectorTests
{
    /// <summary>A wave and a slower one that depends on it, in noise of 0.1.</summary>
    private static Matrix Machine(int rows, int from = 0)
    {
        Philox random = new(4);
        Matrix series = new(rows, 2);
        for (int t = 0; t < rows; t++)
        {
            series[t, 0] = 20 + (3 * Math.Sin(0.25 * (t + from))) + (0.1 * random.Normal((ulong)(2 * (t + from))));
            series[t, 1] = -1 + (2 * Math.Sin(0.25 * (t + from - 4))) + (0.1 * random.Normal((ulong)(2 * (t + from)) + 1));
        }

        return series;
    }

    [Fact]
    public void AnomaliesAreFoundAndNormalRowsAreNot()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(Machine(1500), new() { FalseAlarms = 0.01 }, TestContext.Current.CancellationToken);
        Matrix later = Machine(1000, 1500);
        int[] places = [100, 300, 301, 302, 555, 800];
        foreach (int place in places) later[place, place % 2] += place == 555 ? -1.2 : 1.2;
        AnomalyScores scores = detector.Observe(later).Scores;
        Assert.All(places, place => Assert.True(scores.IsAnomaly[place], $"{place}: {scores.Scores[place]}"));

        // 1 % of a thousand is 10 give or take 3.
        Assert.InRange(Enumerable.Range(0, 1000).Except(places).Count(t => scores.IsAnomaly[t]), 0, 25);
        Assert.InRange(scores.Scores.Order().ElementAt(500), 0.5, 1.1);
    }

    [Theory]
    [InlineData(1e-200)]
    [InlineData(1e200)]
    public void ScoresMindNoUnit(double unit)
    {
        Matrix usual = Machine(600), scaled = usual.Copy();
        foreach (ref double value in scaled.Values) value *= unit;
        AnomalyDetectorOptions options = new() { FalseAlarms = 0.05 };
        AnomalyDetector one = AnomalyDetector.Fit(usual, options, TestContext.Current.CancellationToken), other = AnomalyDetector.Fit(scaled, options, TestContext.Current.CancellationToken);
        Assert.Equal(one.Threshold, other.Threshold, 1e-6);
        Assert.Equal(one.Deviations[0], other.Deviations[0] / unit, 1e-6);
    }

    [Fact]
    public void AnomaliesDoNotSpoilWhatComesNext()
    {
        Matrix later = Machine(60, 1500), whole = later.Copy();
        later[30, 0] += 50;
        AnomalyDetector detector = AnomalyDetector.Fit(Machine(1500), cancellation: TestContext.Current.CancellationToken), greedy = detector with { MostReplaced = 0 };
        double normal = detector.Observe(whole).Scores.Scores[31], careful = detector.Observe(later).Scores.Scores[31], spoiled = greedy.Observe(later).Scores.Scores[31];
        Assert.Equal(normal, careful, 1.0);
        Assert.InRange(spoiled, 10, double.PositiveInfinity);
    }

    [Fact]
    public void AChangeForGoodIsTakenInTheEnd()
    {
        Matrix later = Machine(400, 1500);
        for (int t = 100; t < 400; t++) later[t, 0] += 1.5;
        AnomalyDetector detector = AnomalyDetector.Fit(Machine(1500), new() { MostReplaced = 5 }, TestContext.Current.CancellationToken);
        AnomalyScores taken = detector.Observe(later).Scores, refused = (detector with { MostReplaced = 1000 }).Observe(later).Scores;
        Assert.Equal(taken.Scores[..106], refused.Scores[..106]);
        Assert.All(Enumerable.Range(100, 5), t => Assert.True(taken.IsAnomaly[t]));
        Assert.InRange(taken.Scores[200..].Average(), 0, 0.95 * refused.Scores[200..].Average());
    }

    [Fact]
    public void GoesOnWhereItWas()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(Machine(700), cancellation: TestContext.Current.CancellationToken);
        Matrix later = Machine(60, 700);
        later[20, 1] = double.NaN;
        later.Row(21).Fill(double.NaN);
        AnomalyScores whole = detector.Observe(later).Scores;
        (AnomalyScores first, AnomalyDetector next) = detector.Observe(later.Slice(0, 25));
        Assert.Equal<double>([.. whole.Scores], [.. first.Scores, .. next.Observe(later.Slice(25, 35)).Scores.Scores]);
        Assert.True(double.IsNaN(whole.Scores[21]) && !whole.IsAnomaly[21] && double.IsFinite(whole.Scores[20]));
    }

    [Fact]
    public void ErrorsSayWhatToDo()
    {
        Assert.Equal(
            "A threshold for 0.005 false alarms takes 199 held-out rows and 10 to fit; of 100 rows 30 and 70 are left. Give more rows, or allow more false alarms.",
            Assert.Throws<GraftException>(() => AnomalyDetector.Fit(Machine(100), cancellation: TestContext.Current.CancellationToken)).Message);
    }
}
