using System.Globalization;

namespace Graft.Cli.TableFiles.Times;

/// <summary>Which day of its month a row has.</summary>
internal enum MonthDayKind
{
    /// <summary>A day by its number; the last one in months that are shorter.</summary>
    Number,

    /// <summary>The last one.</summary>
    Last,

    /// <summary>The first one from Monday to Friday.</summary>
    FirstWorking,

    /// <summary>The last one from Monday to Friday.</summary>
    LastWorking,

    /// <summary>A day of the week, counted from the first of the month: the third Friday.</summary>
    Weekday,

    /// <summary>The last Friday or the like.</summary>
    LastWeekday,
}

/// <summary>A day that every month has.</summary>
/// <param name="Kind">How it is found.</param>
/// <param name="Number">The number of the day, or of the weekday in its month, from 1.</param>
/// <param name="Weekday">The day of the week.</param>
internal readonly record struct MonthDay(MonthDayKind Kind, int Number, DayOfWeek Weekday)
{
    /// <summary>As files keep it.</summary>
    public string Code => Kind switch
    {
        MonthDayKind.Number => Number.ToString(CultureInfo.InvariantCulture),
        MonthDayKind.Weekday => $"{Number}{WeekDays.Code(Weekday)}",
        MonthDayKind.LastWeekday => $"last-{WeekDays.Code(Weekday)}",
        MonthDayKind.FirstWorking => "first-working-day",
        MonthDayKind.LastWorking => "last-working-day",
        _ => "last",
    };

    /// <summary>Reads <see cref="Code"/>; null where it is not one.</summary>
    public static MonthDay? Parse(string code)
    {
        if (code == "last") return new(MonthDayKind.Last, 0, default);
        if (code == "first-working-day") return new(MonthDayKind.FirstWorking, 0, default);
        if (code == "last-working-day") return new(MonthDayKind.LastWorking, 0, default);
        if (code.StartsWith("last-", StringComparison.Ordinal) && WeekDays.Parse(code[5..]) is { } last) return new(MonthDayKind.LastWeekday, 0, last);
        if (code.Length == 3 && code[0] is >= '1' and <= '4' && WeekDays.Parse(code[1..]) is { } weekday) return new(MonthDayKind.Weekday, code[0] - '0', weekday);
        return int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 31 ? new(MonthDayKind.Number, number, default) : null;
    }

    /// <summary>The day in a month.</summary>
    public DateTime In(int year, int month)
    {
        DateTime first = new(year, month, 1), last = new(year, month, DateTime.DaysInMonth(year, month));
        switch (Kind)
        {
            case MonthDayKind.Number:
                return Number < last.Day ? new(year, month, Number) : last;
            case MonthDayKind.FirstWorking:
                while (WeekDays.IsWeekend(first)) first = first.AddDays(1);
                return first;
            case MonthDayKind.LastWorking:
                while (WeekDays.IsWeekend(last)) last = last.AddDays(-1);
                return last;
            case MonthDayKind.Weekday:
                return first.AddDays(((int)Weekday - (int)first.DayOfWeek + 7) % 7).AddDays(7 * (Number - 1));
            case MonthDayKind.LastWeekday:
                return last.AddDays(-(((int)last.DayOfWeek - (int)Weekday + 7) % 7));
            default:
                return last;
        }
    }
}

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
