using System.Numerics;

namespace Graft.Cli.TableFiles.Times;

/// <summary>Finds the days of the week and the clocks that rows keep to.</summary>
internal static class SessionSearch
{
    // A day or a clock with fewer of its rows than this is closed, and its rows are exceptions, if they are not many.
    private const double MostExceptions = 0.15, MostExceptionalRows = 0.02;

    // Fewer rows than this part of the calendar's are no calendar; in a few weeks, a day may lack by accident. A row a day by one of two clocks, as summer time makes it, fills half.
    private const double LeastFilledDays = 0.5, LeastFilled = 0.55, LeastFilledShort = 0.9;
    private const int ShortDays = 28, LeastDays = 14;

    // Clocks of weekdays by themselves need rows that keep to them; in a few weeks, nearly all.
    private const int FewWeeks = 42;
    private const double LeastFilledWeek = 0.9, LeastFilledFewWeeks = 0.98;

    /// <summary>Finds the rows of a week in rising times; null where they come by day and night all week long, or keep to nothing.</summary>
    /// <param name="times">The times.</param>
    /// <param name="median">The median span between them.</param>
    public static SessionStep? Find(ReadOnlySpan<long> times, long median)
    {
        DateTime first = new(times[0]), last = new(times[^1]);
        SortedSet<DateTime> dates = [];
        Dictionary<long, int> clocks = [];
        foreach (long ticks in times)
        {
            DateTime time = new(ticks);
            if (dates.Count == 0 || dates.Max != time.Date) dates.Add(time.Date);
            clocks[time.TimeOfDay.Ticks] = clocks.GetValueOrDefault(time.TimeOfDay.Ticks) + 1;
        }

        if (median > 4 * TimeSpan.TicksPerDay || dates.Count < 3) return null;
        bool isDaily = clocks.Count == 1, isShort = (last - first).Days < ShortDays;
        int days = OpenDays(dates, isDaily && median == TimeSpan.TicksPerDay);
        SessionStep? found;
        if (isDaily)
        {
            found = Kept(SessionStep.Daily(days), times, isShort ? days == WeekDays.Working ? 0 : LeastFilledShort : LeastFilledDays);
        }
        else
        {
            // Where every row has a clock of its own, there is nothing to keep to.
            if (clocks.Count > times.Length / 2) return null;
            int span = (last - first).Days;
            found = span < LeastDays ? null : Kept(new(median, EachDay(times, dates)), times, span < FewWeeks ? LeastFilledFewWeeks : LeastFilledWeek);
            found ??= Kept(SessionStep.Of(median, days, Usual(clocks, dates.Count, times.Length)), times, isShort && days != WeekDays.Working ? LeastFilledShort : LeastFilled);
        }

        found = found is null ? null : found with { Holidays = Holidays.Find(dates, found.Days) };
        return found is null || (IsEven(found.Week) && found.Holidays.Rules.Count == 0) ? null : found;
    }

    // A week, where times keep to it and fill it.
    private static SessionStep? Kept(SessionStep step, ReadOnlySpan<long> times, double least)
    {
        if (step.Week.Count == 0) return null;
        int open = 0;
        foreach (long time in times)
        {
            if (step.IsOpen(new DateTime(time))) open++;
        }

        bool isKept = step.Ticks == TimeSpan.TicksPerDay || times.Length - open <= MostExceptionalRows * times.Length;
        return isKept && times.Length >= least * (step.Between(times[0], times[^1]) + 1) ? step : null;
    }

    // The clocks of most days; all of them, where others are more than exceptions.
    private static long[] Usual(Dictionary<long, int> clocks, int days, int rows)
    {
        long[] usual = [.. clocks.Where(clock => clock.Value > MostExceptions * days).Select(clock => clock.Key).Order()];
        return rows - usual.Sum(clock => clocks[clock]) <= MostExceptionalRows * rows ? usual : [.. clocks.Keys.Order()];
    }

    // The clocks that each day of the week has by itself.
    private static long[] EachDay(ReadOnlySpan<long> times, SortedSet<DateTime> dates)
    {
        Dictionary<long, int> rows = [];
        foreach (long time in times) rows[time % SessionStep.TicksPerWeek] = rows.GetValueOrDefault(time % SessionStep.TicksPerWeek) + 1;
        int[] possible = Possible(dates);
        return [.. rows.Where(row => row.Value > MostExceptions * possible[(int)SessionStep.DayOf(row.Key)]).Select(row => row.Key).Order()];
    }

    private static bool IsEven(IReadOnlyList<long> week)
    {
        long span = SessionStep.TicksPerWeek / week.Count;
        return span * week.Count == SessionStep.TicksPerWeek && Enumerable.Range(1, week.Count - 1).All(i => week[i] - week[i - 1] == span);
    }

    // How often each day of the week is between the first date and the last.
    private static int[] Possible(SortedSet<DateTime> dates)
    {
        int span = (dates.Max - dates.Min).Days + 1, first = (int)dates.Min.DayOfWeek;
        return [.. Enumerable.Range(0, 7).Select(day => (span / 7) + ((day - first + 7) % 7 < span % 7 ? 1 : 0))];
    }

    private static int OpenDays(SortedSet<DateTime> dates, bool isEveryDay)
    {
        DateTime first = dates.Min, last = dates.Max;
        int span = (last - first).Days + 1;
        int[] present = new int[7], possible = Possible(dates);
        foreach (DateTime date in dates) present[(int)date.DayOfWeek]++;
        int seen = Enumerable.Range(0, 7).Sum(d => present[d] > 0 ? 1 << d : 0);

        // Of a week or less only a weekend that was left out is told.
        if (span < LeastDays)
            return isEveryDay && (seen & ~WeekDays.Working) == 0 && dates.Any(date => date.DayOfWeek == DayOfWeek.Monday && date != first && !dates.Contains(date.AddDays(-1))) ? WeekDays.Working : WeekDays.All;
        int kept = Enumerable.Range(0, 7).Sum(d => present[d] > MostExceptions * possible[d] ? 1 << d : 0);
        int exceptions = Enumerable.Range(0, 7).Sum(d => WeekDays.Has(kept, (DayOfWeek)d) ? 0 : present[d]);
        int days = kept != 0 && exceptions <= MostExceptionalRows * dates.Count ? kept : seen;
        return BitOperations.PopCount((uint)days) == 1 ? WeekDays.All : days;
    }
}
