using System.Text.Json;
using Graft.Numerics;
using Graft.Reservoirs.Series;
using Graft.Tests.Numerics;

namespace Graft.Tests.Reservoirs.Series;

public class SeriesMetricsTests
{
    private static readonly double[] Truth = [.. Enumerable.Range(0, 50).Select(i => 3 + Math.Sin(i * 0.4) + (0.02 * i))];
    private static readonly double[] Forecast = [.. Enumerable.Range(0, 50).Select(i => 3 + (0.9 * Math.Sin((i * 0.4) + 0.1)) + (0.021 * i))];
    private static readonly double[] History = [.. Enumerable.Range(-80, 80).Select(i => 3 + Math.Sin(i * 0.4))];
    private static readonly JsonElement Expected = Samples.Fixture("Reservoirs/Series", "series.json").GetProperty("metrics");

    [Fact]
    public void MeasuresAreThoseOfNumpy()
    {
        Is("rmse", SeriesMetrics.Rmse(Truth, Forecast));
        Is("nrmse", SeriesMetrics.Nrmse(Truth, Forecast));
        Is("nrmseByRange", SeriesMetrics.NrmseByRange(Truth, Forecast));
        Is("nmse", SeriesMetrics.Nmse(Truth, Forecast));
        Is("mae", SeriesMetrics.Mae(Truth, Forecast));
        Is("smape", SeriesMetrics.Smape(Truth, Forecast));
        Is("mase", SeriesMetrics.Mase(Truth, Forecast, History));
        Is("seasonalMase", SeriesMetrics.Mase(Truth, Forecast, History, 16));
        Is("r2", SeriesMetrics.R2(Truth, Forecast));
        Is("squaredCorrelation", SeriesMetrics.SquaredCorrelation(Truth, Forecast));
        (Matrix truth, Matrix forecast) = Two();
        Is("nrmseOfTwo", SeriesMetrics.Nrmse(truth, forecast));
        Assert.Equal(Expected.GetProperty("validRows").GetInt32() * 0.5 * 0.9, SeriesMetrics.ValidPredictionTime(truth, forecast, 0.5, 0.9, 0.12), 1e-15);

        static void Is(string name, double value) => Assert.Equal(Expected.GetProperty(name).GetDouble(), value, 1e-13);
    }

    [Theory]
    [InlineData(1e-200)]
    [InlineData(1e200)]
    public void MeasuresWithoutAUnitMindNoUnit(double unit)
    {
        double[] truth = [.. Truth.Select(value => unit * value)], forecast = [.. Forecast.Select(value => unit * value)], history = [.. History.Select(value => unit * value)];
        Assert.Equal(SeriesMetrics.Rmse(Truth, Forecast), SeriesMetrics.Rmse(truth, forecast) / unit, 1e-13);
        Assert.Equal(SeriesMetrics.Nrmse(Truth, Forecast), SeriesMetrics.Nrmse(truth, forecast), 1e-13);
        Assert.Equal(SeriesMetrics.Nmse(Truth, Forecast), SeriesMetrics.Nmse(truth, forecast), 1e-13);
        Assert.Equal(SeriesMetrics.R2(Truth, Forecast), SeriesMetrics.R2(truth, forecast), 1e-13);
        Assert.Equal(SeriesMetrics.Mase(Truth, Forecast, History), SeriesMetrics.Mase(truth, forecast, history), 1e-13);
        Assert.Equal(SeriesMetrics.SquaredCorrelation(Truth, Forecast), SeriesMetrics.SquaredCorrelation(truth, forecast), 1e-13);
        Assert.Equal(SeriesMetrics.Deviation(Truth), SeriesMetrics.Deviation(truth) / unit, 1e-13);
        Assert.Equal(SeriesMetrics.ValidPredictionTime(Column(Truth), Column(Forecast)), SeriesMetrics.ValidPredictionTime(Column(truth), Column(forecast)));

        static Matrix Column(double[] values) => new(values.Length, 1, values);
    }

    [Fact]
    public void AMissingTrueValueIsAsIfItHadNotBeenAskedFor()
    {
        double[] holed = [.. Truth.Select((value, i) => i is 3 or 40 ? double.NaN : value)];
        double[] truth = [.. Truth.Where((_, i) => i is not (3 or 40))], forecast = [.. Forecast.Where((_, i) => i is not (3 or 40))];
        Assert.Equal(SeriesMetrics.Nrmse(truth, forecast), SeriesMetrics.Nrmse(holed, Forecast), 1e-15);
        Assert.Equal(SeriesMetrics.NrmseByRange(truth, forecast), SeriesMetrics.NrmseByRange(holed, Forecast), 1e-15);
        Assert.Equal(SeriesMetrics.Smape(truth, forecast), SeriesMetrics.Smape(holed, Forecast), 1e-13);
        Assert.Equal(SeriesMetrics.SquaredCorrelation(truth, forecast), SeriesMetrics.SquaredCorrelation(holed, Forecast), 1e-13);
    }

    [Fact]
    public void AForecastThatIsNotANumberIsNotHidden()
    {
        double[] broken = [.. Forecast];
        broken[7] = double.NaN;
        Assert.Equal(double.NaN, SeriesMetrics.Rmse(Truth, broken));
        Assert.Equal(double.NaN, SeriesMetrics.Mae(Truth, broken));
        Assert.Equal(3.5, SeriesMetrics.ValidPredictionTime(new(50, 1, Truth), new(50, 1, broken), 0.5, threshold: 10));
    }

    [Fact]
    public void AConstantTruthIsHitOrMissed()
    {
        Assert.Equal(0, SeriesMetrics.Nrmse([2, 2, 2], [2, 2, 2]));
        Assert.Equal(double.PositiveInfinity, SeriesMetrics.Nrmse([2, 2, 2], [2, 2, 3]));
        Assert.Equal(0, SeriesMetrics.Smape([0, 0], [0, 0]));
        Assert.Equal(0, SeriesMetrics.SquaredCorrelation([2, 2, 2], [1, 2, 3]));
    }

    [Fact]
    public void AForecastThatNeverFailsIsValidForItsLength()
    {
        (Matrix truth, _) = Two();
        Assert.Equal(50 * 0.02 * Lorenz63.LyapunovExponent, SeriesMetrics.ValidPredictionTime(truth, truth, 0.02, Lorenz63.LyapunovExponent), 1e-15);
        Assert.Equal(0, SeriesMetrics.ValidPredictionTime(new(2, 1, [0, 1]), new(2, 1, [9, 1]), deviations: [1]));
        Assert.Equal(1, SeriesMetrics.ValidPredictionTime(new(2, 1, [0, 1]), new(2, 1, [9, 100]), deviations: [30]));
    }

    [Fact]
    public void MemoryIsCountedByDelay()
    {
        Matrix targets = UniformSeries.Delayed(UniformSeries.Generate(5000, seed: 2), 3), recalled = targets.Copy();
        Matrix noise = UniformSeries.Generate(5000, seed: 3);
        for (int t = 0; t < 5000; t++)
        {
            // Nothing of the second delay; half of the variance of the third.
            recalled[t, 0] = 5 - (2 * targets[t, 0]);
            recalled[t, 1] = noise[t, 0];
            recalled[t, 2] = targets[t, 2] + noise[t, 0];
        }

        (double total, double[] byDelay) = SeriesMetrics.MemoryCapacity(targets, recalled);
        Assert.Equal(1, byDelay[0], 1e-12);
        Assert.Equal(0, byDelay[1], 0.005);
        Assert.Equal(0.5, byDelay[2], 0.03);
        Assert.Equal(byDelay.Sum(), total);
        Assert.Equal(double.NaN, targets[2, 2]);
        Assert.Equal(targets[0 + 1, 0], targets[2, 1]);
    }

    [Fact]
    public void ErrorsAtAHorizonAreSummedUpOverStarts()
    {
        HorizonErrors errors = HorizonErrors.Measure([1, 2, 3, 4], [1, 2.5, 2, 14], 0.5);
        Assert.Equal([0, 1, 2, 20], errors.ByStart);
        Assert.Equal(1.5, errors.Median);
        Assert.Equal(Math.Sqrt((0 + 0.25 + 1 + 100) / 4) / 0.5, errors.Nrmse, 1e-14);
        Assert.Equal(1, HorizonErrors.Measure([1, 2, 3], [1, 2.5, double.NaN], 0.5).Median);
    }

    [Fact]
    public void WhatDoesNotFitIsTold()
    {
        Assert.StartsWith("There is one forecast for each true value: 2, not 3.", Assert.Throws<ArgumentException>(() => SeriesMetrics.Rmse([1, 2], [1, 2, 3])).Message);
        Assert.StartsWith("None of the 2 true values is known.", Assert.Throws<ArgumentException>(() => SeriesMetrics.Mae([double.NaN, double.NaN], [1, 2])).Message);
        Assert.StartsWith("A history of 3 values has no value 3 steps after another.", Assert.Throws<ArgumentException>(() => SeriesMetrics.Mase([1], [2], [1, 2, 3], 3)).Message);
    }

    private static (Matrix Truth, Matrix Forecast) Two()
    {
        Matrix truth = new(50, 2), forecast = new(50, 2);
        for (int i = 0; i < 50; i++)
        {
            (truth[i, 0], truth[i, 1]) = (Truth[i], Math.Cos(i * 0.3));
            (forecast[i, 0], forecast[i, 1]) = (Forecast[i], Math.Cos(i * 0.303));
        }

        return (truth, forecast);
    }
}
