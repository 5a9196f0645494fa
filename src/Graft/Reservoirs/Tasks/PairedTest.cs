namespace Graft.Reservoirs.Tasks;

/// <summary>Whether one forecast is better than another by more than chance, from their squared errors on the same blocks of rows: Student's paired test, as Diebold and Mariano compare forecasts ("Comparing predictive accuracy", Journal of Business &amp; Economic Statistics 13, 1995).</summary>
internal static class PairedTest
{
    // Where there is no difference, one in five would be taken for better: quantiles of Student's distribution for 0.8, by degrees of freedom from 1.
    private static readonly double[] Quantiles = [1.376, 1.061, 0.978, 0.941, 0.920, 0.906, 0.896, 0.889, 0.883, 0.879];

    private const double Normal = 0.842;

    /// <summary>Whether the second's errors are less. One block can't say.</summary>
    public static bool IsLess(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        double[] gains = [.. first.Zip(second, (a, b) => a - b).Where(double.IsFinite)];
        if (gains.Length < 2)
            return false;
        double mean = gains.Average(), spread = Math.Sqrt(gains.Sum(gain => (gain - mean) * (gain - mean)) / (gains.Length - 1) / gains.Length);
        return mean > 0 && mean > Quantile(gains.Length - 1) * spread;
    }

    // The first terms of its series beyond the table.
    private static double Quantile(int degrees) => degrees <= Quantiles.Length ? Quantiles[degrees - 1] : Normal * (1 + (((Normal * Normal) + 1) / (4 * degrees)));
}
