using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>Finds the length of a season, and whether a series wants logarithms.</summary>
internal static class Seasons
{
    private const int LongestSeason = 400, MostRows = 20_000;
    private const double LeastCorrelation = 0.3, NearBest = 0.9, ClearlyLess = 0.8;

    /// <summary>The shortest peak of the autocorrelation of the changes that is nearly as high as the highest; 1 where there is none worth the name.</summary>
    public static int Find(ReadOnlySpan<double> whole)
    {
        ReadOnlySpan<double> z = whole[^Math.Min(whole.Length, MostRows)..];
        int count = z.Length - 1, longest = Math.Min(LongestSeason, count / 3);
        if (longest < 2) return 1;
        double[] changes = new double[count];
        for (int t = 0; t < count; t++) changes[t] = z[t + 1] - z[t];

        // Where squares are taken, changes of any size are brought near 1.
        double unit = ScaledSquares.Unit(changes);
        for (int t = 0; t < count; t++) changes[t] /= unit;
        double mean = changes.Average();
        for (int t = 0; t < count; t++) changes[t] -= mean;
        double variance = VectorMath.Dot(changes, changes);
        if (!(variance > 0)) return 1;

        double[] correlation = new double[longest + 2];
        for (int lag = 1; lag < correlation.Length; lag++)
            correlation[lag] = VectorMath.Dot(changes.AsSpan(lag), changes.AsSpan(0, count - lag)) / variance * count / (count - lag);
        double best = 0;
        for (int lag = 2; lag <= longest; lag++)
        {
            if (IsPeak(lag)) best = Math.Max(best, correlation[lag]);
        }

        if (best < Math.Max(LeastCorrelation, 3 / Math.Sqrt(count))) return 1;
        for (int lag = 2; lag <= longest; lag++)
        {
            if (IsPeak(lag) && correlation[lag] >= NearBest * best) return lag;
        }

        return 1;

        bool IsPeak(int lag) => correlation[lag] > correlation[lag - 1] && correlation[lag] >= correlation[lag + 1];
    }

    /// <summary>
    /// Whether the swings of a positive series grow with its level: the spread of deviation / mean over stretches of it is clearly less than that of the deviations (Guerrero, "Time-series analysis
    /// supported by power transformations", Journal of Forecasting 12, 1993, for the powers 0 and 1).
    /// </summary>
    public static bool WantsLogarithm(ReadOnlySpan<double> series, int season)
    {
        int length = season > 1 ? season : Math.Max(4, series.Length / 12), stretches = series.Length / length;
        if (stretches < 4) return false;
        foreach (double value in series)
        {
            if (!(value > 0)) return false;
        }

        double unit = ScaledSquares.Unit(series);
        double[] deviations = new double[stretches], ratios = new double[stretches];
        for (int i = 0; i < stretches; i++)
        {
            ReadOnlySpan<double> stretch = series.Slice(i * length, length);
            double mean = 0, squares = 0;
            foreach (double value in stretch) mean += value / unit / length;
            foreach (double value in stretch) squares += ((value / unit) - mean) * ((value / unit) - mean);
            deviations[i] = Math.Sqrt(squares / length);
            ratios[i] = deviations[i] / mean;
        }

        return Spread(ratios) < ClearlyLess * Spread(deviations);

        static double Spread(double[] values)
        {
            double mean = values.Average();
            return mean > 0 ? Math.Sqrt(values.Average(value => (value - mean) * (value - mean))) / mean : 0;
        }
    }
}
