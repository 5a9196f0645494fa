using Graft.Formats;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Tasks;
using Graft.Reservoirs.Trunks;

namespace Graft.Tests.Reservoirs.Tasks;

public class ForecasterTests
{
    private static readonly ForecasterOptions Small = new() { Horizon = 4, Season = 1, Network = new() { Reservoir = new() { Units = 40, PassInputs = true } } };

    [Fact]
    public void ASeriesOfNumbersIsForecastInThreeLines()
    {
        double[] values = [.. Enumerable.Range(0, 144).Select(t => 100 + t + (20 * Math.Sin(2 * Math.PI * t / 12)))];
        Forecaster forecaster = Forecaster.Fit(values, horizon: 12);
        IReadOnlyList<ForecastRow> rows = forecaster.Forecast().Rows();
        Assert.Equal(12, rows.Count);
        for (int h = 0; h < 12; h++)
        {
            Assert.Equal(100 + 144 + h + (20 * Math.Sin(2 * Math.PI * (144 + h) / 12)), rows[h].Value, 2.0);
            Assert.True(rows[h].Low <= rows[h].Value && rows[h].Value <= rows[h].High);
        }

        Assert.Equal(rows, forecaster.Forecast(12).Rows());
        Assert.Throws<ArgumentOutOfRangeException>(() => forecaster.Forecast().Rows(target: 1));
        string file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "series.graft");
        forecaster.Save(file);
        Assert.Equal(rows, Forecaster.Load(file).Forecast().Rows());
        forecaster.Network.Save(file);
        Assert.Equal(forecaster.Network.Readout.Weights.Values, EchoStateNetwork.Load(file).Readout.Weights.Values);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public void GrowthAndASeasonGoOn()
    {
        Matrix all = TaskSeries.Passengers(156);
        Forecaster forecaster = Forecaster.Fit(all.Slice(0, 144), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(12, forecaster.Preparation.Season);
        Assert.Equal([true], forecaster.Preparation.Logarithms);
        Forecast forecast = forecaster.Forecast(12);
        double squares = 0, naive = 0;
        for (int h = 0; h < 12; h++)
        {
            squares += Math.Pow(Math.Log(forecast.Value[h, 0] / all[144 + h, 0]), 2) / 12;
            naive += Math.Pow(Math.Log(all[132 + h, 0] / all[144 + h, 0]), 2) / 12;
            Assert.InRange(forecast.Low[h, 0], 0, forecast.Value[h, 0]);
            Assert.InRange(forecast.High[h, 0], forecast.Value[h, 0], double.PositiveInfinity);
        }

        // The noise alone is 3 %, what grew in a year 12 %.
        Assert.InRange(Math.Sqrt(squares), 0, 0.06);
        Assert.InRange(Math.Sqrt(naive), 0.1, 1);
        Assert.InRange(forecaster.Validation.Nrmse, 0, 0.75 * forecaster.Validation.SeasonalNrmse);
        Assert.InRange(forecaster.Validation.Nrmse, 0, 0.5 * forecaster.Validation.LastValueNrmse);
    }

    [Fact]
    public void AStraightLineGoesOn()
    {
        Matrix line = TaskSeries.Of(80, t => 1000 - (3 * t));
        Forecast forecast = Forecaster.Fit(line, cancellation: TestContext.Current.CancellationToken).Forecast(12);
        for (int h = 0; h < 12; h++) Assert.Equal(1000 - (3 * (80 + h)), forecast.Value[h, 0], 0.5);
    }

    [Fact]
    public void WhereThereIsNothingToLearnTheLastValueIsRepeated()
    {
        Philox random = new(5);
        double at = 0;
        Matrix walk = TaskSeries.Of(500, t => at += random.Normal((ulong)t));
        Forecaster forecaster = Forecaster.Fit(walk, new() { Horizon = 20 }, cancellation: TestContext.Current.CancellationToken);
        Assert.True(forecaster.IsRepetition);
        Assert.All(forecaster.Forecast(20).Value.Values.ToArray(), value => Assert.Equal(at, value, 1e-9));
        Assert.Equal(forecaster.Validation.LastValueNrmse, forecaster.Validation.Nrmse, 1e-9);

        using MemoryStream file = new();
        SeriesFile.Save(forecaster, file);
        file.Position = 0;
        Assert.True(SeriesFile.LoadForecaster(file).IsRepetition);
        Assert.Equal(walk[499, 0] + 7, forecaster.Observe(TaskSeries.Of(1, _ => at + 7)).Forecast(3).Value[2, 0], 1e-9);
        Assert.False(Forecaster.Fit(TaskSeries.Passengers(144), cancellation: TestContext.Current.CancellationToken).IsRepetition);
    }

    [Fact]
    public void AConstantStaysWhatItIs()
    {
        Forecaster forecaster = Forecaster.Fit(TaskSeries.Of(60, _ => 42), cancellation: TestContext.Current.CancellationToken);
        Forecast forecast = forecaster.Forecast(12);
        Assert.All(forecast.Value.Values.ToArray(), value => Assert.Equal(42, value, 1e-9));
        Assert.All(forecast.High.Values.ToArray(), value => Assert.Equal(42, value, 1e-9));
        Assert.Equal(0, forecaster.Validation.Nrmse, 1e-9);
    }

    [Fact]
    public void AWaveInNoiseIsForecastBetterThanNaively()
    {
        Forecaster forecaster = Forecaster.Fit(TaskSeries.Load(1200), new() { Horizon = 24 }, cancellation: TestContext.Current.CancellationToken);

        // Noise alone is 20 of 63; a season ago has twice its variance.
        Assert.InRange(forecaster.Validation.Nrmse, 0.25, 0.40);
        Assert.InRange(forecaster.Validation.SeasonalNrmse, 0.40, 0.55);
        Assert.InRange(forecaster.Validation.LastValueNrmse, 0.9, 2);
    }

    [Theory]
    [InlineData(0.8)]
    [InlineData(0.95)]
    public void IntervalsCoverWhatTheyPromise(double coverage)
    {
        Forecaster forecaster = Forecaster.Fit(TaskSeries.Load(1000), new() { Horizon = 12, Coverage = coverage, Differencing = Differencing.None, Strategy = ForecastStrategy.Recursive }, cancellation: TestContext.Current.CancellationToken);
        Matrix later = TaskSeries.Load(3000).Slice(1000, 2000);
        int within = 0, count = 0;
        for (int t = 0; t + 12 <= later.Rows; t += 12)
        {
            Forecast forecast = forecaster.Forecast(12);
            for (int h = 0; h < 12; h++, count++) within += later[t + h, 0] >= forecast.Low[h, 0] && later[t + h, 0] <= forecast.High[h, 0] ? 1 : 0;
            forecaster = forecaster.Observe(later.Slice(t, 12));
        }

        // A width is the quantile of about forty errors at each step: they leave it a few points on either side.
        Assert.InRange((double)within / count, coverage - 0.05, coverage + 0.05);
        Assert.InRange(forecaster.Validation.Coverage, coverage - 0.08, coverage + 0.08);
    }

    [Fact]
    public void GoesOnAsIfItHadSeenAll()
    {
        Matrix all = TaskSeries.Load(420);
        Forecaster forecaster = Forecaster.Fit(all.Slice(0, 400), Small, cancellation: TestContext.Current.CancellationToken);
        Forecaster once = forecaster.Observe(all.Slice(400, 20)), twice = forecaster.Observe(all.Slice(400, 7)).Observe(all.Slice(407, 13));
        Assert.Equal(once.State, twice.State);
        Assert.NotEqual(forecaster.State, once.State);
        Assert.Equal(420, once.State.Rows);
        Assert.Equal(once.Forecast(4).Value.Values, twice.Forecast(4).Value.Values);
    }

    [Theory]
    [InlineData(ForecastStrategy.Recursive)]
    [InlineData(ForecastStrategy.Direct)]
    public void GapsAreFilledByForecasts(ForecastStrategy strategy)
    {
        Matrix all = TaskSeries.Load(420);
        Forecaster forecaster = Forecaster.Fit(all.Slice(0, 400), Small with { Strategy = strategy, Differencing = Differencing.First }, cancellation: TestContext.Current.CancellationToken);
        Matrix gap = new(1, 1, [double.NaN]);
        Forecast forecast = forecaster.Forecast(4);

        // After a row that is missing, the first forecast is what the second was before, to the last bit in a recursion.
        Forecast later = forecaster.Observe(gap).Forecast(3);
        if (strategy == ForecastStrategy.Recursive) Assert.Equal<double>([.. forecast.Value.Values[1..]], [.. later.Value.Values]);
        else Assert.Equal(forecast.Value[1, 0], later.Value[0, 0], 40.0);
    }

    [Fact]
    public void MissingValuesAreCountedAndNotFitted()
    {
        Matrix series = TaskSeries.Of(400, t => 10 * Math.Sin(0.2 * t));
        Forecaster whole = Forecaster.Fit(series, Small, cancellation: TestContext.Current.CancellationToken);
        for (int t = 60; t < 400; t += 7) series[t, 0] = double.NaN;
        Forecaster holed = Forecaster.Fit(series, Small, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal((0, 49), (whole.Validation.Missing, holed.Validation.Missing));
        Forecast forecast = holed.Forecast(4);
        for (int h = 0; h < 4; h++) Assert.Equal(10 * Math.Sin(0.2 * (400 + h)), forecast.Value[h, 0], 0.5);
    }

    [Fact]
    public void KnownColumnsAreUsed()
    {
        // What comes is decided by a plan that is known one row ahead.
        Philox random = new(3);
        Matrix table = new(500, 3);
        for (int t = 0; t < 500; t++)
        {
            table[t, 0] = random.Uniform((ulong)t);
            table[t, 1] = (5 * table[t, 0]) + (t == 0 ? 0 : 0.3 * table[t - 1, 1]);
            table[t, 2] = random.Normal((ulong)t + 1000);
        }

        Forecaster forecaster = Forecaster.Fit(table, Small with { Targets = [1], Known = [0], Names = ["plan", "sales", "other"] }, cancellation: TestContext.Current.CancellationToken);
        Assert.InRange(forecaster.Validation.Nrmse, 0, 0.05);
        Matrix plan = new(2, 1, [0, 1]);
        Forecast forecast = forecaster.Forecast(2, plan);
        Assert.Equal((2, 1), (forecast.Value.Rows, forecast.Value.Columns));
        Assert.Equal(0.3 * table[499, 1], forecast.Value[0, 0], 0.1);
        Assert.Equal(5 + (0.09 * table[499, 1]), forecast.Value[1, 0], 0.1);
        Assert.Equal(
            "A forecast of 2 steps needs the known columns 'plan' for each of them, 2 x 1 without gaps, not null.", Error(() => forecaster.Forecast(2)));
    }

    [Fact]
    public void DirectForecastsHaveAReadoutForEachStep()
    {
        Forecaster forecaster = Forecaster.Fit(TaskSeries.Load(600), Small with { Strategy = ForecastStrategy.Direct }, cancellation: TestContext.Current.CancellationToken);
        Assert.True(forecaster.IsDirect);
        Assert.Equal(4, forecaster.Network.Outputs);
        Assert.Equal("Direct forecasts reach 4 steps, as far as they were fitted, not 5. Fit with that horizon, or with the recursive strategy.", Error(() => forecaster.Forecast(5)));
    }

    [Fact]
    public void WidthsGrowBeyondTheHorizon()
    {
        Forecaster forecaster = Forecaster.Fit(TaskSeries.Load(300), Small with { Strategy = ForecastStrategy.Recursive }, cancellation: TestContext.Current.CancellationToken);
        Forecast forecast = forecaster.Forecast(16);
        for (int h = 1; h < 16; h++) Assert.InRange(forecast.High[h, 0] - forecast.Value[h, 0], forecast.High[h - 1, 0] - forecast.Value[h - 1, 0] - 1e-9, 1e6);
        Assert.Equal(2 * forecaster.Widths[3, 0], forecast.High[15, 0] - forecast.Value[15, 0], 1e-9);
    }

    [Fact]
    public void FitsTellHowFarTheyAre()
    {
        List<Completion> reports = [];
        Forecaster.Fit(TaskSeries.Load(200), Small, new Reports(reports), TestContext.Current.CancellationToken);
        Assert.Equal(new Completion(reports.Count, reports.Count), reports[^1]);
        using CancellationTokenSource stopped = new();
        stopped.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Forecaster.Fit(TaskSeries.Load(200), Small, null, stopped.Token));
    }

    [Fact]
    public void ErrorsSayWhatToDo()
    {
        Assert.Equal("A forecaster for 12 steps is fitted on at least 24 rows, not 3. Give a longer history, or a shorter horizon.", Error(() => Forecaster.Fit(TaskSeries.Load(3))));
        Matrix gaps = TaskSeries.Of(40, t => t < 30 ? double.NaN : t);
        Assert.Equal("Column 'a' has 10 values in 40 rows; a target needs at least 24, any other column 1. Leave it out, or fill it.", Error(() => Forecaster.Fit(gaps, new() { Names = ["a"] })));
        Assert.Equal("There is 1 column, numbered from 0; column 1 is not among them.", Error(() => Forecaster.Fit(gaps, new() { Targets = [1] })));
        Assert.Equal(
            "Logarithms need positive values; column '0' has -1. Fit with Logarithm = false.", Error(() => Forecaster.Fit(TaskSeries.Of(60, t => t - 1), new() { Logarithm = true })));
        Assert.Equal("This forecaster was fitted on 1 column, but the new rows have 2.", Error(() => Forecaster.Fit(TaskSeries.Load(60), Small).Observe(new Matrix(1, 2))));
    }

    private static string Error(Action action) => Assert.Throws<GraftException>(action).Message;

    private sealed class Reports(List<Completion> list) : IProgress<Completion>
    {
        public void Report(Completion value) => list.Add(value);
    }
}
