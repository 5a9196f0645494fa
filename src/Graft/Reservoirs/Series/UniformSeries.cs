using Graft.Numerics;

namespace Graft.Reservoirs.Series;

/// <summary>Independent uniform numbers: the input by which the memory of a reservoir is measured.</summary>
internal static class UniformSeries
{
    /// <summary>Makes a series.</summary>
    /// <param name="steps">The number of values.</param>
    /// <param name="low">The least value.</param>
    /// <param name="high">The bound from above.</param>
    /// <param name="seed">Each seed is an independent series.</param>
    /// <returns>[time, 1].</returns>
    /// <exception cref="GraftException">The bounds are not finite, or not in order.</exception>
    public static Matrix Generate(int steps, double low = -0.5, double high = 0.5, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        if (!(low < high && double.IsFinite(high - low)))
            throw new GraftException($"Uniform numbers lie between two finite bounds in rising order, not between {low} and {high}.");

        Philox random = new(seed);
        Matrix series = new(steps, 1);
        for (int t = 0; t < steps; t++) series[t, 0] = low + ((high - low) * random.Uniform((ulong)t));
        return series;
    }

    /// <summary>The series as it was 1, 2, ... steps ago: what a reservoir is to recall.</summary>
    /// <param name="series">[time, 1].</param>
    /// <param name="delays">How many delays, from 1 on.</param>
    /// <returns>[time, delays]: column k is the series k + 1 steps ago, NaN where that is before its start.</returns>
    /// <exception cref="ArgumentException">There is more than one series.</exception>
    public static Matrix Delayed(Matrix series, int delays)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentOutOfRangeException.ThrowIfNegative(delays);
        if (series.Columns != 1) throw new ArgumentException($"One series is delayed, not {series.Columns}.", nameof(series));

        Matrix delayed = new(series.Rows, delays);
        for (int t = 0; t < series.Rows; t++)
        {
            for (int k = 0; k < delays; k++) delayed[t, k] = t > k ? series[t - k - 1, 0] : double.NaN;
        }

        return delayed;
    }
}
