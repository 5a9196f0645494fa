using System.Globalization;

namespace Graft.Cli.TableFiles.Times;

/// <summary>Months of the calendar, also quarters and years.</summary>
/// <param name="Months">How many.</param>
/// <param name="Day">The day that rows have; null, in files of before: that of the row gone on from.</param>
internal sealed record MonthStep(int Months, MonthDay? Day) : TimeStep
{
    // A holiday moves the last day of trading now and then.
    private const double LeastFitting = 0.8;

    public override string Code => Day is { } day ? $"P{Months}M@{day.Code}" : $"P{Months}M";

    /// <summary>Reads <see cref="Code"/>; null where it is not one.</summary>
    public static MonthStep? Parse(string code)
    {
        string[] parts = code.Split('@');
        if (parts.Length > 2 || parts[0] is not ['P', .. var count, 'M'] || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int months) || months is < 1 or > 12_000) return null;
        if (parts.Length == 1) return new(months, null);
        return MonthDay.Parse(parts[1]) is { } day ? new(months, day) : null;
    }

    /// <summary>Finds months in rising times; null where they are none.</summary>
    /// <param name="times">The times.</param>
    /// <param name="spans">The spans between them, sorted.</param>
    public static MonthStep? Find(ReadOnlySpan<long> times, long[] spans)
    {
        double days = spans[(spans.Length - 1) / 2] / (double)TimeSpan.TicksPerDay;
        int months = (int)Math.Round(days / 30.44);
        if (months < 1 || days < 27 * months || days > (31 * months) + 2) return null;
        DateTime[] rows = new DateTime[times.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = new DateTime(times[i]);
            if (rows[i].TimeOfDay != rows[0].TimeOfDay || (Month(rows[i]) - Month(rows[0])) % months != 0 || (i > 0 && Month(rows[i]) == Month(rows[i - 1]))) return null;
        }

        // Rows whole weeks apart are weeks: weekdays of months would need spans of four and of five.
        bool areWeeks = spans[0] == spans[^1] && spans[0] % (7 * TimeSpan.TicksPerDay) == 0;
        MonthDay[] candidates = [new(MonthDayKind.Last, 0, default), new(MonthDayKind.Number, rows.Max(row => row.Day), default), new(MonthDayKind.LastWorking, 0, default), new(MonthDayKind.FirstWorking, 0, default)];
        if (!rows.Any(WeekDays.IsWeekend)) candidates = [.. candidates, .. MonthDay.Moved(MonthDayKind.WorkingBefore), .. MonthDay.Moved(MonthDayKind.WorkingAfter)];
        if (!areWeeks && rows.All(row => row.DayOfWeek == rows[0].DayOfWeek))
            candidates = [.. candidates, .. Enumerable.Range(1, 4).Select(n => new MonthDay(MonthDayKind.Weekday, n, rows[0].DayOfWeek)), new(MonthDayKind.LastWeekday, 0, rows[0].DayOfWeek)];
        (MonthDay best, int fitting) = candidates.Select(day => (day, rows.Count(row => day.In(row.Year, row.Month) == row.Date))).MaxBy(found => found.Item2);
        return fitting == rows.Length || (fitting >= 4 && fitting >= LeastFitting * rows.Length) ? new(months, best) : null;
    }

    public override DateTime Advance(DateTime from, int steps)
    {
        DateTime month = new DateTime(from.Year, from.Month, 1).AddMonths((int)Math.Min(int.MaxValue, (long)Months * steps));
        MonthDay day = Day ?? (from.Day == DateTime.DaysInMonth(from.Year, from.Month) ? new(MonthDayKind.Last, 0, default) : new(MonthDayKind.Number, from.Day, default));
        return day.In(month.Year, month.Month) + from.TimeOfDay;
    }

    public override double Between(long from, long to) => (Month(new(to)) - Month(new(from))) / (double)Months;

    public override string ToString() => Months % 12 == 0 ? Words(Months / 12.0, "year") : Words(Months, "month");

    private static int Month(DateTime time) => (12 * time.Year) + time.Month;
}
