using System.Globalization;
using System.Numerics;
using System.Xml;

namespace Graft.Cli.TableFiles.Times;

/// <summary>A span within the days of the week and the hours of the day that rows have: working days, a shop closed on Sundays, the minutes of a stock exchange.</summary>
/// <param name="Ticks">The span; a day where a day has one row.</param>
/// <param name="Days">The days of the week that have rows.</param>
/// <param name="First">The time of a day's first row; nothing where a day has one.</param>
/// <param name="Slots">How many rows a day has.</param>
internal sealed record SessionStep(long Ticks, int Days, TimeSpan First, int Slots) : TimeStep
{
    private const string WorkingDays = "weekdays", Week = "week";

    // A day of the week with fewer of its rows than this is closed, and its rows are exceptions, if they are not many.
    private const double MostExceptions = 0.15, MostExceptionalRows = 0.02;

    // Fewer rows than this part of the calendar's are no calendar; in a few weeks, a day may lack by accident.
    private const double LeastFilled = 0.5, LeastFilledShort = 0.9;
    private const int ShortDays = 28, LeastDays = 14;

    /// <summary>Days without rows that come back each year.</summary>
    public Holidays Holidays { get; init; } = Holidays.None;

    private bool IsDaily => Ticks == TimeSpan.TicksPerDay;

    public override string Code => IsDaily && Days == WeekDays.Working && Holidays.Rules.Count == 0 ? WorkingDays
        : string.Join(' ', (string[])[Week, string.Join(',', Enumerable.Range(0, 7).Where(day => WeekDays.Has(Days, (DayOfWeek)day)).Select(day => WeekDays.Code((DayOfWeek)day))),
            XmlConvert.ToString(TimeSpan.FromTicks(Ticks)), First.ToString("c", CultureInfo.InvariantCulture), Slots.ToString(CultureInfo.InvariantCulture), .. Holidays.Rules.Select(rule => rule.Code)]);

    /// <summary>Reads <see cref="Code"/>; null where it is not one.</summary>
    public static SessionStep? Parse(string code)
    {
        if (code == WorkingDays) return new(TimeSpan.TicksPerDay, WeekDays.Working, default, 1);
        string[] parts = code.Split(' ');
        if (parts.Length < 5 || parts[0] != Week || SpanStep.Parse(parts[2]) is not { } span || !TimeSpan.TryParseExact(parts[3], "c", CultureInfo.InvariantCulture, out TimeSpan first)
            || !int.TryParse(parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out int slots)) return null;
        int days = parts[1].Split(',').Select(WeekDays.Parse).Aggregate(0, (set, day) => day is { } known ? set | (1 << (int)known) : set);
        HolidayRule?[] rules = [.. parts[5..].Select(HolidayRule.Parse)];
        if (days == 0 || slots < 1 || first < TimeSpan.Zero || first.Ticks + ((slots - 1) * (Int128)span.Ticks) >= TimeSpan.TicksPerDay || rules.Contains(null)) return null;
        return new(span.Ticks, days, first, slots) { Holidays = new([.. rules.Select(rule => rule!.Value)]) };
    }

    /// <summary>Finds the days and hours that rising times keep to; null where rows come by day and night all week long.</summary>
    public static SessionStep? Find(ReadOnlySpan<long> times, long median)
    {
        DateTime first = new(times[0]), last = new(times[^1]);
        TimeSpan earliest = first.TimeOfDay, latest = first.TimeOfDay;
        SortedSet<DateTime> dates = [];
        foreach (long ticks in times)
        {
            DateTime time = new(ticks);
            if (dates.Count == 0 || dates.Max != time.Date) dates.Add(time.Date);
            if (time.TimeOfDay < earliest) earliest = time.TimeOfDay;
            if (time.TimeOfDay > latest) latest = time.TimeOfDay;
        }

        bool isDaily = earliest == latest;
        long step = isDaily ? TimeSpan.TicksPerDay : median;
        if (median > 4 * TimeSpan.TicksPerDay || dates.Count < 3 || TimeSpan.TicksPerDay % step != 0) return null;
        foreach (long ticks in times)
        {
            if ((new DateTime(ticks).TimeOfDay - earliest).Ticks % step != 0) return null;
        }

        int slots = isDaily ? 1 : (int)((latest - earliest).Ticks / step) + 1, days = OpenDays(dates, isDaily && median == TimeSpan.TicksPerDay);
        int open = CountOpen(days, first.Date, last.Date);
        double least = (last - first).Days >= ShortDays ? LeastFilled : days == WeekDays.Working ? 0 : LeastFilledShort;
        if (times.Length < least * open * slots) return null;
        SessionStep found = new(step, days, isDaily ? default : earliest, slots);
        found = found with { Holidays = Holidays.Find(dates, days) };
        return days == WeekDays.All && slots * step >= TimeSpan.TicksPerDay && found.Holidays.Rules.Count == 0 ? null : found;
    }

    /// <summary>Whether a time's day of the week has rows.</summary>
    public bool IsOpen(DateTime time) => WeekDays.Has(Days, time.DayOfWeek);

    public override DateTime Advance(DateTime from, int steps)
    {
        long slot = (IsDaily ? 0 : (from.TimeOfDay - First).Ticks / Ticks) + (long)steps, days = Math.DivRem(slot, Slots, out slot);
        TimeSpan clock = IsDaily ? from.TimeOfDay : First + TimeSpan.FromTicks(slot * Ticks);
        int perWeek = BitOperations.PopCount((uint)Days);
        DateTime day = from.Date.AddDays(7.0 * (days / perWeek));
        for (long rest = days % perWeek; rest > 0; rest--)
        {
            do day = day.AddDays(1);
            while (!IsOpen(day));
        }

        return day + clock;
    }

    public override double Between(long from, long to) => Place(new(to)) - Place(new(from));

    public override string ToString() => IsDaily
        ? Days switch { WeekDays.All => "1 day", WeekDays.Working => "1 working day", _ => "1 opening day" }
        : $"{new SpanStep(Ticks)} of opening hours";

    // How many rows the calendar has up to a time; a half where it is not one of them.
    private double Place(DateTime time)
    {
        int day = (int)(time.Ticks / TimeSpan.TicksPerDay), weeks = day / 7;
        int open = weeks * BitOperations.PopCount((uint)Days);
        for (int d = 7 * weeks; d < day; d++)
        {
            // The first of January of year 1 was a Monday.
            if (WeekDays.Has(Days, (DayOfWeek)((d + 1) % 7))) open++;
        }

        if (!IsOpen(time)) return (open * (double)Slots) - 0.5;
        double slot = IsDaily ? 0 : (time.TimeOfDay - First).Ticks / (double)Ticks;
        return (open * (double)Slots) + Math.Clamp(slot, -0.5, Slots - 0.5);
    }

    private static int OpenDays(SortedSet<DateTime> dates, bool isEveryDay)
    {
        DateTime first = dates.Min, last = dates.Max;
        int span = (last - first).Days + 1;
        int[] present = new int[7], possible = new int[7];
        foreach (DateTime date in dates) present[(int)date.DayOfWeek]++;
        for (int d = 0; d < 7; d++) possible[d] = (span / 7) + (((d - (int)first.DayOfWeek + 7) % 7) < span % 7 ? 1 : 0);
        int seen = Enumerable.Range(0, 7).Sum(d => present[d] > 0 ? 1 << d : 0);

        // Of a week or less only a weekend that was left out is told.
        if (span < LeastDays)
            return isEveryDay && (seen & ~WeekDays.Working) == 0 && dates.Any(date => date.DayOfWeek == DayOfWeek.Monday && date != first && !dates.Contains(date.AddDays(-1))) ? WeekDays.Working : WeekDays.All;
        int kept = Enumerable.Range(0, 7).Sum(d => present[d] > MostExceptions * possible[d] ? 1 << d : 0);
        int exceptions = Enumerable.Range(0, 7).Sum(d => WeekDays.Has(kept, (DayOfWeek)d) ? 0 : present[d]);
        int days = kept != 0 && exceptions <= MostExceptionalRows * dates.Count ? kept : seen;
        return BitOperations.PopCount((uint)days) == 1 ? WeekDays.All : days;
    }

    private static int CountOpen(int days, DateTime first, DateTime last)
    {
        int open = 0;
        for (DateTime day = first; ; day = day.AddDays(1))
        {
            if (WeekDays.Has(days, day.DayOfWeek)) open++;
            if (day >= last) return open;
        }
    }
}
