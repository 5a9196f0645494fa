using System.Runtime.InteropServices;
using Graft.Numerics;

namespace Graft.Reservoirs.Series;

/// <summary>
/// How far forecasts are from the truth. Steps whose true value is missing (NaN) are left out; a forecast that is not a number makes the result one that is not.
/// </summary>
public static class SeriesMetrics
{
    /// <summary>The root of the mean squared error.</summary>
    /// <exception cref="ArgumentException">The lengths differ, or no true value is known. This holds for every measure here.</exception>
    public static double Rmse(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast)
    {
        Check(truth, forecast);
        List<double> errors = [];
        for (int i = 0; i < truth.Length; i++)
        {
            if (!double.IsNaN(truth[i])) errors.Add(forecast[i] - truth[i]);
        }

        return ScaledSquares.RootMean(CollectionsMarshal.AsSpan(errors));
    }

    /// <summary>The mean absolute error.</summary>
    public static double Mae(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast) => MeanError(truth, forecast, static (y, f) => Math.Abs(f - y));

    /// <summary>The mean squared error over the variance of the truth: 1 is what its mean would reach.</summary>
    /// <returns>Infinite where the truth is constant and the forecast differs from it; 0 where both are the same constant.</returns>
    public static double Nmse(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast)
    {
        double nrmse = Nrmse(truth, forecast);
        return nrmse * nrmse;
    }

    /// <summary>The root of the mean squared error over the standard deviation of the truth.</summary>
    public static double Nrmse(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast) => Nrmse(truth, forecast, Deviation(truth));

    /// <summary>The root of the mean squared error over a standard deviation that is given: of the training data, or of a whole series.</summary>
    public static double Nrmse(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast, double deviation) => Ratio(Rmse(truth, forecast), deviation);

    /// <summary>Several series: the root of the mean of their <see cref="Nmse"/>.</summary>
    /// <param name="truth">[time, series].</param>
    /// <param name="forecast">[time, series].</param>
    public static double Nrmse(Matrix truth, Matrix forecast)
    {
        CheckShapes(truth, forecast);
        double sum = 0;
        for (int j = 0; j < truth.Columns; j++) sum += Nmse(Column(truth, j), Column(forecast, j));
        return Math.Sqrt(sum / truth.Columns);
    }

    /// <summary>The root of the mean squared error over the range of the truth, its largest value less its least.</summary>
    public static double NrmseByRange(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast)
    {
        double error = Rmse(truth, forecast), low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in truth)
        {
            if (!double.IsNaN(value)) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }

        return Ratio(error, high - low);
    }

    /// <summary>The part of the truth's variance that the forecast explains, 1 - <see cref="Nmse"/>.</summary>
    public static double R2(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast) => 1 - Nmse(truth, forecast);

    /// <summary>The symmetric mean absolute percentage error, 0 to 200: the mean of 200 |f - y| / (|f| + |y|), where 0 forecast as 0 counts 0.</summary>
    /// <remarks>Source: Makridakis, Hibon, "The M3-Competition", International Journal of Forecasting 16, 2000.</remarks>
    public static double Smape(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast) => MeanError(truth, forecast, static (y, f) =>
    {
        double scale = Math.Abs(f) + Math.Abs(y);
        return scale == 0 ? 0 : 200 * Math.Abs(f - y) / scale;
    });

    /// <summary>The mean absolute scaled error: the mean absolute error over that of repeating the value of one season ago, on the history. Below 1 is better.</summary>
    /// <param name="truth">The true values.</param>
    /// <param name="forecast">Their forecasts.</param>
    /// <param name="history">The values that the forecaster learned from.</param>
    /// <param name="season">Steps in a season; 1: the naive forecast repeats the last value.</param>
    /// <remarks>Source: Hyndman, Koehler, "Another look at measures of forecast accuracy", International Journal of Forecasting 22, 2006.</remarks>
    public static double Mase(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast, ReadOnlySpan<double> history, int season = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(season);
        if (history.Length <= season)
            throw new ArgumentException($"A history of {history.Length} values has no value {season} steps after another.", nameof(history));

        double sum = 0;
        int count = 0;
        for (int i = season; i < history.Length; i++)
        {
            double change = Math.Abs(history[i] - history[i - season]);
            if (double.IsNaN(change)) continue;
            sum += change;
            count++;
        }

        return Ratio(Mae(truth, forecast), sum / count);
    }

    /// <summary>The squared correlation of two series, over the steps at which both are known; 0 where one is constant.</summary>
    public static double SquaredCorrelation(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        if (left.Length != right.Length)
            throw new ArgumentException($"Two series of one length are correlated, not of {left.Length} and {right.Length}.", nameof(right));

        double leftUnit = ScaledSquares.Unit(left), rightUnit = ScaledSquares.Unit(right), leftMean = 0, rightMean = 0;
        int count = 0;
        for (int i = 0; i < left.Length; i++)
        {
            if (double.IsNaN(left[i]) || double.IsNaN(right[i])) continue;
            count++;
            leftMean += ((left[i] / leftUnit) - leftMean) / count;
            rightMean += ((right[i] / rightUnit) - rightMean) / count;
        }

        double both = 0, leftSquares = 0, rightSquares = 0;
        for (int i = 0; i < left.Length; i++)
        {
            if (double.IsNaN(left[i]) || double.IsNaN(right[i])) continue;
            double a = (left[i] / leftUnit) - leftMean, b = (right[i] / rightUnit) - rightMean;
            both += a * b;
            leftSquares += a * a;
            rightSquares += b * b;
        }

        return leftSquares == 0 || rightSquares == 0 ? 0 : both / leftSquares * (both / rightSquares);
    }

    /// <summary>The memory capacity of a reservoir: the squared correlations of what it recalls with what it was given, one a delay, and their sum.</summary>
    /// <param name="targets">[time, delays]: the input some steps ago (<see cref="UniformSeries.Delayed"/>); rows with NaN are left out.</param>
    /// <param name="recalled">[time, delays]: the outputs, on steps that the readout was not trained on.</param>
    /// <remarks>Source: Jaeger, "Short term memory in echo state networks", GMD report 152, 2002, section 2.</remarks>
    public static (double Total, double[] ByDelay) MemoryCapacity(Matrix targets, Matrix recalled)
    {
        CheckShapes(targets, recalled);
        double[] byDelay = [.. Enumerable.Range(0, targets.Columns).Select(j => SquaredCorrelation(Column(targets, j), Column(recalled, j)))];
        return (byDelay.Sum(), byDelay);
    }

    /// <summary>How long a free-running forecast holds: the time before the first step whose normalized error is above a threshold.</summary>
    /// <param name="truth">[time, series]: row 0 is the first step that was forecast.</param>
    /// <param name="forecast">[time, series].</param>
    /// <param name="step">The time between two rows.</param>
    /// <param name="lyapunovExponent">The largest Lyapunov exponent, in the same unit of time: the result is in Lyapunov times. 1: in that unit itself.</param>
    /// <param name="threshold">The error from which on the forecast has failed.</param>
    /// <param name="deviations">What errors are divided by, one a series. Null: the standard deviations of <paramref name="truth"/>.</param>
    /// <returns>At most the length of the forecast.</returns>
    /// <remarks>
    /// The error of a step is the root of the mean over series of ((forecast - truth) / deviation)^2, as in Vlachas and others, "Backpropagation algorithms and
    /// reservoir computing in recurrent neural networks for the forecasting of complex spatiotemporal dynamics", Neural Networks 126, 2020, equation 12.
    /// </remarks>
    public static double ValidPredictionTime(
        Matrix truth, Matrix forecast, double step = 1, double lyapunovExponent = 1, double threshold = 0.4, ReadOnlySpan<double> deviations = default)
    {
        CheckShapes(truth, forecast);
        double[] scales = deviations.IsEmpty ? [.. Enumerable.Range(0, truth.Columns).Select(j => Deviation(Column(truth, j)))] : deviations.ToArray();
        if (scales.Length != truth.Columns)
            throw new ArgumentException($"There is one deviation a series: {truth.Columns}, not {scales.Length}.", nameof(deviations));

        for (int t = 0; t < truth.Rows; t++)
        {
            double sum = 0;
            int known = 0;
            for (int j = 0; j < truth.Columns; j++)
            {
                if (double.IsNaN(truth[t, j])) continue;
                double error = Ratio(forecast[t, j] - truth[t, j], scales[j]);
                sum += error * error;
                known++;
            }

            if (known > 0 && !(Math.Sqrt(sum / known) <= threshold)) return t * step * lyapunovExponent;
        }

        return truth.Rows * step * lyapunovExponent;
    }

    /// <summary>The standard deviation (of the population) of the values that are known.</summary>
    public static double Deviation(ReadOnlySpan<double> values)
    {
        List<double> known = [];
        foreach (double value in values)
        {
            if (!double.IsNaN(value)) known.Add(value);
        }

        return ScaledSquares.Deviation(CollectionsMarshal.AsSpan(known));
    }

    internal static double[] Column(Matrix matrix, int column)
    {
        double[] values = new double[matrix.Rows];
        for (int i = 0; i < values.Length; i++) values[i] = matrix[i, column];
        return values;
    }

    // Over the true values that are known.
    private static double MeanError(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast, Func<double, double, double> error)
    {
        Check(truth, forecast);
        double sum = 0;
        int count = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            if (double.IsNaN(truth[i])) continue;
            sum += error(truth[i], forecast[i]);
            count++;
        }

        return sum / count;
    }

    private static double Ratio(double error, double scale) => error == 0 ? 0 : error / scale;

    private static void Check(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast)
    {
        if (truth.Length != forecast.Length)
            throw new ArgumentException($"There is one forecast for each true value: {truth.Length}, not {forecast.Length}.", nameof(forecast));
        foreach (double value in truth)
        {
            if (!double.IsNaN(value)) return;
        }

        throw new ArgumentException($"None of the {truth.Length} true values is known.", nameof(truth));
    }

    private static void CheckShapes(Matrix truth, Matrix forecast)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(forecast);
        if (truth.Rows != forecast.Rows || truth.Columns != forecast.Columns)
            throw new ArgumentException($"There is one forecast for each true value: {truth.Rows} x {truth.Columns}, not {forecast.Rows} x {forecast.Columns}.", nameof(forecast));
    }
}
