using Graft.Formats;
using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs;
using Graft.Reservoirs.Tasks;
using Graft.Reservoirs.Trunks;

namespace Graft.Tests.Reservoirs.Tasks;

/// <summary>What is chosen, on which rows, what judges it, and what no forecast leaves.</summary>
public class ForecastChoiceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(500, 12, 1, 300, 12)]
    [InlineData(144, 12, 12, 87, 12)]
    [InlineData(120, 24, 12, 72, 12)]
    [InlineData(32, 12, 1, 17, 3)]
    [InlineData(700, 48, 24, 420, 48)]
    [InlineData(500, 12, 100, 300, 50)]
    [InlineData(10, 1, 1, 6, 1)]
    [InlineData(100_000, 12, 7, 96_000, 14)]
    public void BlocksTakeTurnsAndTheLastChooses(int rows, int horizon, int season, int first, int block)
    {
        ValidationRows heldOut = ValidationRows.Of(rows, horizon, season);
        Assert.Equal((first, rows - first, block), (heldOut.First, heldOut.Rows, heldOut.Block));
        int[] judging = [.. Enumerable.Range(heldOut.First, heldOut.Rows).Where(heldOut.Judges)];
        Assert.Equal(judging.Length, heldOut.Judging);
        Assert.InRange(heldOut.Judging, heldOut.Rows / 3, (heldOut.Rows + 1) / 2);
        Assert.All(Enumerable.Range(rows - block, block), row => Assert.False(heldOut.Judges(row)));
        Assert.All(Enumerable.Range(rows - (2 * block), block), row => Assert.True(heldOut.Judges(row)));
    }

    [Theory]
    [InlineData(3000, 1, 1)]
    [InlineData(3000, 2, 1)]
    [InlineData(1500, 1, 1)]
    [InlineData(600, 1, 1)]
    [InlineData(20000, 4, 1)]
    [InlineData(3650, 7, 7)]
    public void OriginsDoNotKeepStepWithTheBlocks(int rows, int horizon, int season)
    {
        ValidationRows heldOut = ValidationRows.Of(rows, horizon, season);
        int[] origins = heldOut.Origins(100);
        Assert.Equal(100, origins.Length);
        Assert.Equal(origins.Distinct().Order(), origins);
        Assert.InRange(origins[0], heldOut.First, rows - 1);
        Assert.InRange(origins[^1], heldOut.First, rows - 1);
        Assert.InRange(origins.Count(heldOut.Judges), 30, 70);
        if (season > 1) Assert.Equal(season, origins.Select(row => row % season).Distinct().Count());
        Assert.Equal(Enumerable.Range(heldOut.First, heldOut.Rows), heldOut.Origins(int.MaxValue));
    }

    [Fact]
    public void AForecastCountsOnTheRowThatItIsOf()
    {
        // The last value, the last three and a drift of 1 a row, each against the same by hand.
        Philox random = new(8);
        Matrix series = TaskSeries.Of(60, t => t + (3 * random.Normal((ulong)t)) + (t % 3));
        series[50, 0] = double.NaN;
        ValidationRows heldOut = ValidationRows.Of(60, 4, 3);
        SeriesRoles roles = SeriesRoles.From(1, [], []);
        ForecastDesign design = new(roles, new SeriesPreparation([false], Differencing.None, 1), false, 4, [null]);
        (ForecastModel model, ForecasterState state) = ForecastTraining.Fit(series.Slice(0, heldOut.First), design, new EchoStateNetworkOptions(), [1e-3], Cancellation).Single();
        RollingOrigin rolling = RollingOrigin.Run(model, state, series, heldOut, 100, Cancellation);
        Assert.Equal(heldOut.Rows, rolling.Origins);
        double deviation = ScaledSquares.Deviation([.. Enumerable.Range(heldOut.First, heldOut.Rows).Select(t => series[t, 0]).Where(value => !double.IsNaN(value))]);
        foreach (Repetition repetition in (Repetition[])[new(1), new(3), new(1, 1)])
        {
            foreach (bool judges in (bool[])[false, true])
            {
                List<double> errors = [];
                for (int origin = heldOut.First; origin < 60; origin++)
                {
                    for (int h = 0; h < 4 && origin + h < 60; h++)
                    {
                        if (heldOut.Judges(origin + h) != judges || double.IsNaN(series[origin + h, 0])) continue;
                        int from = origin - repetition.Rows + (h % repetition.Rows);
                        if (from == 50) from -= repetition.Rows;
                        errors.Add(series[origin + h, 0] - series[from, 0] - (repetition.Drift * (origin + h - from)));
                    }
                }

                Assert.Equal(Math.Sqrt(errors.Average(error => error * error)) / deviation, rolling.Nrmse(0, repetition, judges), 1e-12);
                Assert.Equal(errors.Count, Enumerable.Range(0, 4).Sum(h => rolling.Errors(0, repetition, judges, h).Count));
            }
        }
    }

    [Fact]
    public void EachTargetIsForecastByWhatIsBestForIt()
    {
        Philox random = new(5);
        double walk = 0, trend = 0;
        Matrix table = new(600, 3);
        for (int t = 0; t < 600; t++)
        {
            table[t, 0] = (10 * Math.Sin(0.3 * t)) + random.Normal((ulong)t + 5000);
            table[t, 1] = walk += random.Normal((ulong)t);
            table[t, 2] = trend += 1 + (0.5 * random.Normal((ulong)t + 1000));
        }

        Forecaster forecaster = Forecaster.Fit(table, new() { Horizon = 20, Season = 1, Logarithm = false }, null, Cancellation);
        Assert.Null(forecaster.Repetitions[0]);
        Assert.Equal(new Repetition(1), forecaster.Repetitions[1]);
        Assert.Equal(1, forecaster.Repetitions[2]!.Rows);
        Assert.Equal((table[599, 2] - table[0, 2]) / 599, forecaster.Repetitions[2]!.Drift, 1e-9);
        Assert.False(forecaster.IsRepetition);
        Forecast forecast = forecaster.Forecast(20);
        for (int h = 0; h < 20; h++)
        {
            Assert.Equal(10 * Math.Sin(0.3 * (600 + h)), forecast.Value[h, 0], 2.5);
            Assert.Equal(walk, forecast.Value[h, 1], 1e-9);
            Assert.Equal(trend + ((h + 1) * forecaster.Repetitions[2]!.Drift), forecast.Value[h, 2], 1e-9);
        }

        // The errors that are told are those of what forecasts.
        Assert.Equal(forecaster.Validation.ByTarget[1].LastValueNrmse, forecaster.Validation.ByTarget[1].Nrmse);
        Assert.True(forecaster.Validation.ByTarget[0].Nrmse < 0.5 * forecaster.Validation.ByTarget[0].LastValueNrmse);
        Assert.True(forecaster.Validation.ByTarget[2].Nrmse < 0.5 * forecaster.Validation.ByTarget[2].LastValueNrmse);

        // So also from a file, and after rows that are missing: what stands for them is what was forecast.
        using MemoryStream file = new();
        SeriesFile.Save(forecaster, file);
        file.Position = 0;
        Forecaster back = SeriesFile.LoadForecaster(file);
        Assert.Equal(forecaster.Repetitions, back.Repetitions);
        Assert.Equal(forecast.Value.Values, back.Forecast(20).Value.Values);
        Matrix gap = new(2, 3);
        gap.Values.Fill(double.NaN);
        Assert.Equal(forecast.Value[10, 2], back.Observe(gap).Forecast(20).Value[8, 2], 1e-9);
    }

    [Fact]
    public void ASeasonIsRepeatedWhereNothingBeatsIt()
    {
        // 100 with noise, and 5,000 on every fiftieth row: a network smears what the last season holds.
        Philox random = new(7);
        Matrix series = TaskSeries.Of(400, t => t % 50 == 49 ? 5000 : 100 + (4 * random.Normal((ulong)t)));
        Forecaster forecaster = Forecaster.Fit(series, new() { Horizon = 12, Season = 50 }, null, Cancellation);
        Assert.Equal(new Repetition(50), forecaster.Repetitions[0]);
        Assert.Empty(forecaster.Outliers);
        Forecast forecast = forecaster.Forecast(60);
        for (int h = 0; h < 60; h++) Assert.Equal(series[350 + (h % 50), 0], forecast.Value[h, 0], 1e-9);
        Assert.Equal(forecaster.Validation.SeasonalNrmse, forecaster.Validation.Nrmse);
    }

    [Fact]
    public void DriftIsAsTheHistoryWentOnAverage()
    {
        // Growth of 12 % a year on a season: in logarithms 0.01 a month.
        Matrix series = TaskSeries.Passengers(144, noise: 0);
        double[] z = [.. series.Values.ToArray().Select(value => Math.Log(value))];
        Assert.Equal(0.01, Repetition.WithDrift(z, 12).Drift, 1e-12);
        Assert.Equal(new Repetition(2, -3), Repetition.WithDrift([9, double.NaN, 3, 5, -3], 2));
        Assert.Equal(new Repetition(4), Repetition.WithDrift([1, 2], 4));
    }

    [Fact]
    public void ASlipIsNoReasonToForecastNonsense()
    {
        // One digit too many in August of the last year.
        Matrix clean = TaskSeries.Passengers(156), series = clean.Slice(0, 144).Copy();
        series[139, 0] *= 10;
        Forecaster forecaster = Forecaster.Fit(series, cancellation: Cancellation);
        Assert.Equal([new Outlier(139, 0, series[139, 0])], forecaster.Outliers);
        Forecast forecast = forecaster.Forecast(12);
        for (int h = 0; h < 12; h++) Assert.Equal(1, forecast.Value[h, 0] / clean[144 + h, 0], 0.15);
        Assert.InRange(forecaster.Validation.Nrmse, 0, 0.6);
        Assert.Equal(0, forecaster.Validation.Missing);
        using MemoryStream file = new();
        SeriesFile.Save(forecaster, file);
        file.Position = 0;
        Assert.Equal<Outlier>([.. forecaster.Outliers], [.. SeriesFile.LoadForecaster(file).Outliers]);
    }

    [Fact]
    public void OutliersStandAlone()
    {
        Philox random = new(9);
        double[] noise = [.. Enumerable.Range(0, 400).Select(t => 50 + random.Normal((ulong)t))];
        Assert.Empty(Outliers.Find(noise));
        Assert.Equal([200], Outliers.Find([.. noise.Select((value, t) => t == 200 ? 5000 : value)]));
        Assert.Equal([200, 201], Outliers.Find([.. noise.Select((value, t) => t is 200 or 201 ? -5000 : value)]));
        Assert.Equal([1], Outliers.Find([.. noise.Take(40).Select((value, t) => t == 1 ? 5000 : value)]));

        // A level that shifts, what happens every so often, the last row, a column that hardly moves.
        Assert.Empty(Outliers.Find([.. noise.Select((value, t) => t >= 200 ? 5000 + value : value)]));
        Assert.Empty(Outliers.Find([.. noise.Select((value, t) => t % 100 == 50 ? 5000 : value)]));
        Assert.Empty(Outliers.Find([.. noise.Select((value, t) => t == 399 ? 5000 : value)]));
        Assert.Empty(Outliers.Find([.. Enumerable.Range(0, 400).Select(t => t == 200 ? 1.0 : 0)]));
    }

    [Fact]
    public void AJumpIsNotFitted()
    {
        Philox random = new(10);
        Matrix changes = TaskSeries.Of(400, t => random.Normal((ulong)t));
        Assert.Empty(Jumps.Find(changes, 1));
        changes[120, 0] = -60;
        Assert.Equal([120], Jumps.Find(changes, 1));
        for (int t = 0; t < 400; t += 100) changes[t, 0] = 60;
        Assert.Empty(Jumps.Find(changes, 1));

        // 1,000 until row 300, then 20: what is forecast is what the level is now.
        Matrix drop = TaskSeries.Of(400, t => t < 300 ? 1000 + (40 * random.Normal((ulong)t)) : 20 + (5 * random.Normal((ulong)t)));
        Forecaster forecaster = Forecaster.Fit(drop, cancellation: Cancellation);
        Assert.All(forecaster.Forecast(12).Value.Values.ToArray(), value => Assert.Equal(20, value, 15.0));
        Assert.InRange(forecaster.Validation.Nrmse, 0, 1.05 * forecaster.Validation.LastValueNrmse);
    }

    [Theory]
    [InlineData(ForecastStrategy.Recursive)]
    [InlineData(ForecastStrategy.Direct)]
    public void NoFreeRunLeavesTheRange(ForecastStrategy strategy)
    {
        // A network that adds and adds: on the differences of a wave it says the greatest that it may, row after row.
        Matrix series = TaskSeries.Of(200, t => 10 * Math.Sin(0.3 * t));
        ForecasterOptions options = new() { Horizon = 10, Season = 1, Logarithm = false, Strategy = strategy, Differencing = Differencing.First, Network = new() { Reservoir = new() { Units = 20 } } };
        Forecaster fitted = Forecaster.Fit(series, options, null, Cancellation);
        LinearMap wild = new(new Matrix(20, fitted.Network.Outputs), [.. Enumerable.Repeat(1e9, fitted.Network.Outputs)]);
        Forecaster forecaster = new(fitted.Model with { Network = fitted.Network with { Readout = wild }, Design = fitted.Model.Design with { Repetitions = [null] } })
        {
            Names = fitted.Names,
            State = fitted.State,
            Widths = fitted.Widths,
            Coverage = fitted.Coverage,
            Validation = fitted.Validation,
        };

        // Half of the range on each side of it, that is 20 above 10; farther ahead than validated in proportion.
        double[] values = [.. forecaster.Forecast(10).Value.Values];
        double top = series.Values.ToArray().Max(), range = top - series.Values.ToArray().Min();
        Assert.Equal(top + (range / 2), values[9], 1e-9);
        Assert.All(values, value => Assert.InRange(value, -20, top + (range / 2) + 1e-9));
        if (strategy == ForecastStrategy.Recursive) Assert.Equal(top + range, forecaster.Forecast(20).Value[19, 0], 1e-9);

        // A gap runs as freely, and stays in the range too.
        Matrix gap = new(500, 1);
        gap.Values.Fill(double.NaN);
        Assert.InRange(forecaster.Observe(gap).State.History[0, 0], -20, top + (range / 2) + 1e-9);

        // Where new rows have left the range, so may forecasts.
        double last = forecaster.Observe(TaskSeries.Of(5, t => 100 + t)).Forecast(10).Value[9, 0];
        Assert.Equal(104 + (range / 2), last, 1e-9);
    }

    [Theory]
    [InlineData(1e-200)]
    [InlineData(1e150)]
    [InlineData(1e200)]
    [InlineData(1e297)]
    public void ForecastsMindNoUnit(double unit)
    {
        Matrix series = TaskSeries.Load(300), scaled = TaskSeries.Of(300, t => unit * series[t, 0]);
        ForecasterOptions options = new() { Horizon = 6, Network = new() { Reservoir = new() { Units = 30, PassInputs = true } } };
        Forecaster usual = Forecaster.Fit(series, options, null, Cancellation), other = Forecaster.Fit(scaled, options, null, Cancellation);
        Assert.Equal(usual.Preparation.Season, other.Preparation.Season);
        Assert.Equal(usual.Validation.Nrmse, other.Validation.Nrmse, 1e-6);
        Assert.Equal(usual.Validation.Coverage, other.Validation.Coverage);
        Forecast expected = usual.Forecast(6), forecast = other.Forecast(6);
        for (int h = 0; h < 6; h++)
        {
            Assert.Equal(expected.Value[h, 0], forecast.Value[h, 0] / unit, 0.01);
            Assert.Equal(expected.High[h, 0], forecast.High[h, 0] / unit, 0.01);
        }
    }

    [Fact]
    public void NumbersThatNoSquareHoldsAreRefused()
    {
        Assert.Equal(
            "Column 'a' has 1E+301; forecasts are made of numbers up to 1E+300 in size. Divide the column by a number first, or correct the value.",
            Error(() => Forecaster.Fit(TaskSeries.Of(60, t => t == 7 ? 1e301 : t), new() { Names = ["a"] })));
        Assert.Equal(
            "Column 'a' has no value above 5.9E-309 in size; forecasts are made of numbers from 1E-300. Multiply the column by a number first.",
            Error(() => Forecaster.Fit(TaskSeries.Of(60, t => t * 1e-310), new() { Names = ["a"] })));
        Forecaster forecaster = Forecaster.Fit(TaskSeries.Load(60), new() { Horizon = 4, Names = ["a"] }, null, Cancellation);
        Assert.StartsWith("Column 'a' has -1E+305; ", Error(() => forecaster.Observe(TaskSeries.Of(1, _ => -1e305))));

        // What grows beyond all numbers is an error as well, no infinity.
        Philox random = new(2);
        Matrix steep = TaskSeries.Of(60, t => Math.Exp((11.2 * t) + random.Normal((ulong)t)));
        Assert.StartsWith("The forecast of column '0' is more than numbers hold ", Error(() => Forecaster.Fit(steep, new() { Logarithm = true, Season = 1 }).Forecast(12)));
        Assert.Equal("Series 0 spans more than numbers hold. Divide it by a number first.", Error(() => SeriesScaling.Measure([new Matrix(2, 1, [-1.7e308, 1.7e308])], ScalingMethod.Standardize)));
    }

    [Theory]
    [InlineData(ScalingMethod.Standardize)]
    [InlineData(ScalingMethod.Range)]
    public void ScalingMindsNoUnit(ScalingMethod method)
    {
        foreach (double size in (double[])[1e-290, 1, 1e200, 1e307])
        {
            SeriesScaling scaling = SeriesScaling.Measure([new Matrix(2, 1, [size, 5 * size])], method);
            Assert.Equal((3, 2), (Math.Round(scaling.Offsets[0] / size, 9), Math.Round(scaling.Units[0] / size, 9)));
        }
    }

    [Fact]
    public void AShortHistorySaysWhatItCouldNotMeasure()
    {
        Forecaster forecaster = Forecaster.Fit(TaskSeries.Passengers(26), new() { Horizon = 12 }, null, Cancellation);
        Assert.InRange(forecaster.Validation.Rows, 1, 13);
        Assert.Equal(12, forecaster.Validation.NrmseByStep.Count);
        Assert.False(double.IsNaN(forecaster.Validation.Nrmse));
        Assert.All(forecaster.Forecast(12).High.Values.ToArray(), value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void WhereEveryOtherValueIsMissingItIsForecastStill()
    {
        // No change from row to row is known: candidates that need one are left out.
        Matrix series = TaskSeries.Of(200, t => t % 2 == 0 ? 10 + (3 * Math.Sin(0.2 * t)) : double.NaN);
        Forecast forecast = Forecaster.Fit(series, new() { Horizon = 4, Season = 1 }, null, Cancellation).Forecast(4);
        for (int h = 0; h < 4; h++) Assert.Equal(10 + (3 * Math.Sin(0.2 * (200 + h))), forecast.Value[h, 0], 1.5);
        Matrix two = new(200, 2);
        for (int t = 0; t < 200; t++) (two[t, t % 2], two[t, 1 - (t % 2)]) = (t, double.NaN);
        Assert.Equal(
            "No network can be fitted: of the first 120 rows none has a value of every target where the rows before do. Fill the gaps, or forecast the columns one at a time.",
            Error(() => Forecaster.Fit(two, new() { Horizon = 4, Season = 1 })));
    }

    private static string Error(Action action) => Assert.Throws<GraftException>(action).Message;
}
