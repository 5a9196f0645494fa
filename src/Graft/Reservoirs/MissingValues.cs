using System.Collections.Immutable;
using Graft.Numerics;

namespace Graft.Reservoirs;

/// <summary>Values that are missing from series: NaN.</summary>
internal static class MissingValues
{
    public static bool IsWhole(ReadOnlySpan<double> row)
    {
        foreach (double value in row)
        {
            if (double.IsNaN(value)) return false;
        }

        return true;
    }

    public static int Count(Matrix series)
    {
        int count = 0;
        foreach (double value in series.Values) count += double.IsNaN(value) ? 1 : 0;
        return count;
    }

    /// <summary>Fills gaps along straight lines, and the ends with the nearest value; a series with no value at all with a given one. What is whole is not copied.</summary>
    public static Matrix Interpolate(Matrix series, ImmutableArray<double> empty)
    {
        if (IsWhole(series.Values)) return series;
        Matrix filled = series.Copy();
        for (int column = 0; column < series.Columns; column++)
        {
            int before = -1;
            for (int t = 0; t <= series.Rows; t++)
            {
                if (t < series.Rows && double.IsNaN(series[t, column])) continue;
                for (int gap = before + 1; gap < t; gap++)
                {
                    filled[gap, column] = (before < 0, t == series.Rows) switch
                    {
                        (true, true) => empty[column],
                        (true, false) => series[t, column],
                        (false, true) => series[before, column],
                        _ => series[before, column] + ((series[t, column] - series[before, column]) * (gap - before) / (t - before)),
                    };
                }

                before = t;
            }
        }

        return filled;
    }
}
