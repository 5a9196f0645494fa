namespace Graft.Reservoirs.Series;

/// <summary>
/// The error of free-running forecasts a number of steps ahead, over many starts. With a horizon of 84 and 100 starts this is the NRMSE84 of the Mackey-Glass literature.
/// </summary>
/// <param name="Nrmse">The root of the mean squared error over the starts, divided by the standard deviation of the series: Jaeger and Haas, Science 304, 2004.</param>
/// <param name="Median">The median over the starts of the absolute error, divided by the same: it does not mind a few starts that fail.</param>
/// <param name="ByStart">The normalized absolute error of each start.</param>
internal sealed record HorizonErrors(double Nrmse, double Median, IReadOnlyList<double> ByStart)
{
    /// <summary>Measures forecasts.</summary>
    /// <param name="truth">The true value at the horizon, one a start.</param>
    /// <param name="forecast">Its forecast.</param>
    /// <param name="deviation">The standard deviation of the series (in the same scale: of the series as it was before any squashing, if forecasts were brought back).</param>
    /// <exception cref="ArgumentException">The lengths differ, there is no start, or the deviation is not above zero.</exception>
    public static HorizonErrors Measure(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast, double deviation)
    {
        if (truth.Length != forecast.Length || truth.Length == 0)
            throw new ArgumentException($"There is one forecast for each true value, and at least one: {truth.Length} and {forecast.Length} do not fit.", nameof(forecast));
        if (!(deviation > 0))
            throw new ArgumentException($"Errors are divided by a standard deviation above zero, not by {deviation}.", nameof(deviation));

        double[] errors = new double[truth.Length];
        double squares = 0;
        for (int i = 0; i < errors.Length; i++)
        {
            errors[i] = Math.Abs(forecast[i] - truth[i]) / deviation;
            squares += errors[i] * errors[i];
        }

        // NaN sorts first by itself; here a forecast that failed is the worst.
        double[] sorted = [.. errors.Select(error => double.IsNaN(error) ? double.PositiveInfinity : error).Order()];
        int middle = sorted.Length / 2;
        return new(Math.Sqrt(squares / errors.Length), sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, errors);
    }
}
