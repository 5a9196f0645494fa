namespace Graft.Cli.TableFiles.Times;

/// <summary>Several days of each month: the 1st and the 16th, the 15th and the last, the first and the third Friday.</summary>
/// <param name="Days">The days, rising in every month.</param>
internal sealed record MonthDaysStep(IReadOnlyList<MonthDay> Days) : TimeStep
{
    private const string Prefix = "P1M@";

    private const int MostDays = 6, LeastSpan = 5, MostSpan = 20, LeastWeekdaySpan = 10;

    // A day of which fewer months have a row is none of these; holidays move a row now and then.
    private const double LeastFitting = 0.8;

    private static readonly string[] Parts = ["half", "a third of", "a quarter of", "a fifth of", "a sixth of"];

    public override string Code => Prefix + string.Join(',', Days.Select(day => day.Code));

    /// <summary>Reads <see cref="Code"/>; null where it is not one.</summary>
    public static MonthDaysStep? Parse(string code)
    {
        if (!code.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        MonthDay?[] days = [.. code[Prefix.Length..].Split(',').Select(MonthDay.Parse)];
        return days.Length is >= 2 and <= MostDays && !days.Contains(null) && AreRising([.. days.Select(day => day!.Value)]) ? new([.. days.Select(day => day!.Value)]) : null;
    }

    /// <summary>Finds days of months in rising times; null where these are even, or follow no such days.</summary>
    /// <param name="times">The times.</param>
    /// <param name="spans">The spans between them, sorted.</param>
    public static MonthDaysStep? Find(ReadOnlySpan<long> times, long[] spans)
    {
        long median = spans[(spans.Length - 1) / 2];
        if (median is < LeastSpan * TimeSpan.TicksPerDay or > MostSpan * TimeSpan.TicksPerDay || spans.All(span => span % median == 0)) return null;
        DateTime[] rows = new DateTime[times.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = new DateTime(times[i]);
            if (rows[i].TimeOfDay != rows[0].TimeOfDay) return null;
        }

        HashSet<DateTime> left = [.. rows.Select(row => row.Date)];
        List<(MonthDay Day, DateTime[] Dates)> candidates = Candidates(rows, median).Select(day => (Day: day, Dates: Dates(day, rows[0].Date, rows[^1].Date))).Where(found => found.Dates.Count(left.Contains) is var hits && hits >= 2 && hits >= LeastFitting * found.Dates.Length).ToList();
        List<MonthDay> days = [];
        while (left.Count > 0 && candidates.Count > 0)
        {
            // The plainest of those that most rows are on.
            (MonthDay best, DateTime[] dates) = candidates.MaxBy(found => found.Dates.Count(left.Contains));
            if (dates.Count(left.Contains) < LeastFitting * dates.Length) break;
            days.Add(best);
            left.ExceptWith(dates);
        }

        days = [.. days.OrderBy(day => day.In(rows[0].Year, 1))];
        return days.Count is >= 2 and <= MostDays && left.Count <= (1 - LeastFitting) * rows.Length && AreRising(days) ? new(days) : null;
    }

    public override DateTime Advance(DateTime from, int steps)
    {
        (long month, long place) = Math.DivRem((long)Math.Round(Place(from)) + steps, Days.Count);
        (long year, long rest) = Math.DivRem(month, 12);
        return Days[(int)place].In((int)Math.Min(int.MaxValue, year), (int)rest + 1) + from.TimeOfDay;
    }

    public override double Between(long from, long to) => Place(new(to)) - Place(new(from));

    public override string ToString() => $"{Parts[Days.Count - 2]} a month";

    /// <summary>The days in words: <c>day 1 and day 16</c>.</summary>
    public string Words() => $"{string.Join(", ", Days.SkipLast(1))} and {Days[^1]}";

    // The days up to a time, counted from the year 0; between two of them in proportion.
    private double Place(DateTime time)
    {
        int month = (12 * time.Year) + time.Month - 1;
        DateTime Day(int place) => Days[place % Days.Count].In(place / Days.Count / 12, (place / Days.Count % 12) + 1);
        int before = Days.Count * month;
        while (before < Days.Count * (month + 1) && Day(before) <= time.Date) before++;
        before--;

        // The calendar begins with the year 1 and ends with 9999.
        if (before < Days.Count * 12 || before + 1 >= Days.Count * 120_000) return before;
        return before + ((time.Date - Day(before)) / (Day(before + 1) - Day(before)));
    }

    private static IEnumerable<MonthDay> Candidates(DateTime[] rows, long median)
    {
        IEnumerable<MonthDay> Numbers(MonthDayKind kind, int first, int last) => Enumerable.Range(first, last - first + 1).Select(number => new MonthDay(kind, number, default));
        List<MonthDay> days = [.. Numbers(MonthDayKind.Number, 1, 28), new(MonthDayKind.Last, 0, default), .. Numbers(MonthDayKind.Number, 29, 30)];
        if (!rows.Any(WeekDays.IsWeekend)) days.AddRange([new(MonthDayKind.FirstWorking, 0, default), new(MonthDayKind.LastWorking, 0, default), .. MonthDay.Moved(MonthDayKind.WorkingBefore), .. MonthDay.Moved(MonthDayKind.WorkingAfter)]);

        // Rows of each week are on weekdays of the month as well.
        if (median >= LeastWeekdaySpan * TimeSpan.TicksPerDay)
        {
            foreach (DayOfWeek weekday in rows.Select(row => row.DayOfWeek).Distinct())
                days.AddRange([.. Enumerable.Range(1, 4).Select(n => new MonthDay(MonthDayKind.Weekday, n, weekday)), new(MonthDayKind.LastWeekday, 0, weekday)]);
        }

        return days;
    }

    private static DateTime[] Dates(MonthDay day, DateTime first, DateTime last)
    {
        int start = (12 * first.Year) + first.Month - 1, months = (12 * last.Year) + last.Month - start;
        return [.. Enumerable.Range(start, months).Select(month => day.In(month / 12, (month % 12) + 1)).Where(date => date >= first && date <= last)];
    }

    // In 28 years every month begins on each day of the week, in leap years too.
    private static bool AreRising(IReadOnlyList<MonthDay> days)
    {
        for (int month = 0; month < 28 * 12; month++)
        {
            int year = 2000 + (month / 12), number = (month % 12) + 1;
            for (int i = 1; i < days.Count; i++)
            {
                if (days[i].In(year, number) <= days[i - 1].In(year, number)) return false;
            }
        }

        return true;
    }
}
