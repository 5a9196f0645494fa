using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>Finds changes that stand alone, as where a level shifts: they say nothing of what comes next, and a regression on squares would follow them.</summary>
internal static class Jumps
{
    // How many interquartile ranges from the quartiles: three are usually called far out. And the part of all changes that may be jumps, since what happens more often is how the series behaves.
    private const double Far = 10;

    private const int OneIn = 200;

    /// <summary>The rows in which one of the first columns jumps.</summary>
    public static IReadOnlyList<int> Find(Matrix changes, int columns) => [.. Enumerable.Range(0, columns).SelectMany(column => In(changes, column)).Distinct()];

    private static IReadOnlyList<int> In(Matrix changes, int column)
    {
        double[] sorted = [.. Enumerable.Range(0, changes.Rows).Select(t => changes[t, column]).Order()];
        double low = sorted[sorted.Length / 4], high = sorted[3 * sorted.Length / 4], range = high - low;
        if (!(range > 0)) return [];
        int[] far = [.. Enumerable.Range(0, changes.Rows).Where(t => changes[t, column] < low - (Far * range) || changes[t, column] > high + (Far * range))];
        return far.Length <= Math.Max(1, changes.Rows / OneIn) ? far : [];
    }
}
