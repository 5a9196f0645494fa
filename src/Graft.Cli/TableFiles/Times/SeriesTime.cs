using System.Globalization;

namespace Graft.Cli.TableFiles.Times;

/// <summary>The times of a series' rows.</summary>
/// <param name="Column">The column they came from.</param>
/// <param name="Times">One a row, evenly spaced: what the clock showed at <paramref name="Offset"/>, or where it was not said.</param>
/// <param name="Step">The time between two rows.</param>
/// <param name="Offset">How far the clock is ahead of UTC; null: not said.</param>
/// <param name="Form">How much of a time is written.</param>
internal sealed record SeriesTime(string Column, IReadOnlyList<DateTime> Times, TimeStep Step, TimeSpan? Offset, TimeForm Form)
{
    /// <summary>The time that follows the last row by some steps.</summary>
    /// <exception cref="GraftException">It is after the year 9999.</exception>
    public DateTime After(int steps)
    {
        try
        {
            return Step.Advance(Times[^1], steps);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new GraftException($"{Amount.Of(steps, "step")} of {Step} after {Text(Times[^1])} is later than the year 9999, where the calendar ends. Use a shorter horizon; --time none numbers rows.", e);
        }
    }

    /// <summary>Whether rows have a time in the calendar that they follow: a learned holiday has none.</summary>
    public bool IsOpen(DateTime time) => Step is not SessionStep { Holidays: var holidays } || !holidays.Contains(time);

    /// <summary>A time as ISO 8601, as much of it as the table wrote.</summary>
    public string Text(DateTime time) => Text(time, Offset, Form);

    /// <summary>A time as ISO 8601: as much of it as a form writes, more where it has more; the offset where it is known.</summary>
    public static string Text(DateTime time, TimeSpan? offset, TimeForm form)
    {
        bool isDay = time.TimeOfDay == TimeSpan.Zero && offset is null;
        string? text = form switch
        {
            TimeForm.Year when isDay && time is { Day: 1, Month: 1 } => time.ToString("yyyy", CultureInfo.InvariantCulture),
            TimeForm.Quarter when isDay && time.Day == 1 && time.Month % 3 == 1 => string.Create(CultureInfo.InvariantCulture, $"{time:yyyy}-Q{(time.Month + 2) / 3}"),
            TimeForm.Month when isDay && time.Day == 1 => time.ToString("yyyy-MM", CultureInfo.InvariantCulture),
            TimeForm.Week when isDay && time.DayOfWeek == DayOfWeek.Monday => string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(time):0000}-W{ISOWeek.GetWeekOfYear(time):00}"),
            not TimeForm.Clock when isDay => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            _ => null,
        };
        if (text is not null) return text;
        string zone = offset is not { } ahead ? "" : ahead == TimeSpan.Zero ? "Z" : $"{(ahead < TimeSpan.Zero ? '-' : '+')}{ahead:hh\\:mm}";
        return time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture) + zone;
    }
}
