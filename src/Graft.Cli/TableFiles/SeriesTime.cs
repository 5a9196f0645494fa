using System.Globalization;

namespace Graft.Cli.TableFiles;

/// <summary>The times of a series' rows.</summary>
/// <param name="Column">The column they came from.</param>
/// <param name="Times">One a row, evenly spaced: what the clock showed at <paramref name="Offset"/>, or where it was not said.</param>
/// <param name="Step">The time between two rows.</param>
/// <param name="Offset">How far the clock is ahead of UTC; null: not said.</param>
internal sealed record SeriesTime(string Column, IReadOnlyList<DateTime> Times, TimeStep Step, TimeSpan? Offset)
{
    /// <summary>The times that follow the last row.</summary>
    public DateTime After(int steps) => Step.Advance(Times[^1], steps);

    /// <summary>A time as ISO 8601: the date alone where no row has more, the offset where it is known.</summary>
    public string Text(DateTime time) => Text(time, Offset, Offset is null && Times.All(t => t.TimeOfDay == TimeSpan.Zero) && time.TimeOfDay == TimeSpan.Zero);

    /// <summary>A time as ISO 8601.</summary>
    public static string Text(DateTime time, TimeSpan? offset, bool isDate)
    {
        if (isDate) return time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string zone = offset is not { } ahead ? "" : ahead == TimeSpan.Zero ? "Z" : $"{(ahead < TimeSpan.Zero ? '-' : '+')}{ahead:hh\\:mm}";
        return time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture) + zone;
    }
}
