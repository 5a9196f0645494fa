namespace Graft.Reservoirs.Tasks;

/// <summary>A value that stands alone: far from those around it, and much farther than any other value of its column.</summary>
/// <param name="Row">Its row, from 0.</param>
/// <param name="Column">Its column.</param>
/// <param name="Value">The value.</param>
public sealed record Outlier(int Row, int Column, double Value);

/// <summary>Finds values that no forecast should learn from: slips of a keyboard, a sensor that failed.</summary>
internal static class Outliers
{
    // On each side; and the part of all values that may be called outliers, since what happens more often is how the series behaves.
    private const int Neighbours = 3, OneIn = 200;

    // How much farther from its neighbours an outlier is than any value that is none.
    private const double Farther = 10;

    /// <summary>The outliers of a column: their rows.</summary>
    public static IReadOnlyList<int> Find(ReadOnlySpan<double> column)
    {
        List<(double Distance, int Row)> distances = [];
        for (int t = 0; t < column.Length; t++)
        {
            if (!double.IsNaN(column[t])) distances.Add((Distance(column, t), t));
        }

        distances.Sort((one, other) => other.Distance.CompareTo(one.Distance));
        for (int count = Math.Min(Math.Max(1, distances.Count / OneIn), distances.Count - 1); count > 0; count--)
        {
            if (distances[count].Distance > 0 && distances[count - 1].Distance > Farther * distances[count].Distance)
                return [.. distances.Take(count).Select(one => one.Row).Order()];
        }

        return [];
    }

    // From what came before or what came after, whichever is nearer: where a level shifts, values are near one side. With nothing on a side no one can tell.
    private static double Distance(ReadOnlySpan<double> column, int row)
    {
        double before = Median(column[Math.Max(0, row - Neighbours)..row]), after = Median(column[(row + 1)..Math.Min(column.Length, row + 1 + Neighbours)]);
        return double.IsNaN(before) || double.IsNaN(after) ? 0 : Math.Min(Math.Abs(column[row] - before), Math.Abs(column[row] - after));
    }

    private static double Median(ReadOnlySpan<double> values)
    {
        List<double> known = [];
        foreach (double value in values)
        {
            if (!double.IsNaN(value)) known.Add(value);
        }

        known.Sort();
        return known.Count == 0 ? double.NaN : (known[(known.Count - 1) / 2] / 2) + (known[known.Count / 2] / 2);
    }
}
