using System.Globalization;
using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>The sizes of numbers that forecasts are made of: far enough from the greatest and the least that numbers hold for sums, differences and the ends of intervals.</summary>
internal static class SeriesLimits
{
    private const double Greatest = 1e300, Least = 1e-300;

    /// <summary>Makes sure that a column can be learned from, and counts its values.</summary>
    /// <exception cref="GraftException">It can't.</exception>
    public static int Check(Matrix series, int column, string name)
    {
        CheckGreatest(series, column, name);
        double[] present = [.. Enumerable.Range(0, series.Rows).Select(t => Math.Abs(series[t, column])).Where(size => !double.IsNaN(size))];
        double size = present.DefaultIfEmpty(0).Max();
        if (size > 0 && size < Least)
            throw new GraftException(string.Create(CultureInfo.InvariantCulture, $"Column '{name}' has no value above {size:G3} in size; forecasts are made of numbers from {Least}. Multiply the column by a number first."));
        return present.Length;
    }

    /// <summary>Makes sure that no value of a column is too great.</summary>
    /// <exception cref="GraftException">One is.</exception>
    public static void CheckGreatest(Matrix series, int column, string name)
    {
        for (int t = 0; t < series.Rows; t++)
        {
            double value = series[t, column];
            if (double.IsInfinity(value))
                throw new GraftException($"Series need finite values, or NaN for those that are missing; column '{name}' is {value} at row {t}. Remove or replace it.");
            if (Math.Abs(value) > Greatest)
                throw new GraftException(string.Create(CultureInfo.InvariantCulture, $"Column '{name}' has {value}; forecasts are made of numbers up to {Greatest} in size. Divide the column by a number first, or correct the value."));
        }
    }
}
