using System.Globalization;
using System.Xml;

namespace Graft.Cli.TableFiles;

/// <summary>What a step of a series is.</summary>
internal enum StepKind
{
    /// <summary>A span of time.</summary>
    Span,

    /// <summary>Months of the calendar.</summary>
    Months,

    /// <summary>Days from Monday to Friday.</summary>
    Weekdays,
}

/// <summary>The time between two rows.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Count">Ticks, months, or 1 for weekdays.</param>
internal sealed record TimeStep(StepKind Kind, long Count)
{
    private const string WeekdaysCode = "weekdays";

    /// <summary>Finds the step of rising times, all different: months or weekdays where all of them fit, else the median span.</summary>
    public static TimeStep Of(ReadOnlySpan<long> times)
    {
        if (times.Length < 2) return new(StepKind.Span, TimeSpan.TicksPerDay);
        long[] spans = new long[times.Length - 1];
        for (int i = 0; i < spans.Length; i++) spans[i] = times[i + 1] - times[i];
        Array.Sort(spans);
        long median = spans[(spans.Length - 1) / 2];
        double days = median / (double)TimeSpan.TicksPerDay;
        int months = (int)Math.Round(days / 30.44);
        if (months >= 1 && days >= 28 * months && days <= (31 * months) + 1 && AreMonths(times, months)) return new(StepKind.Months, months);
        return median == TimeSpan.TicksPerDay && AreWeekdays(times) ? new(StepKind.Weekdays, 1) : new(StepKind.Span, median);
    }

    /// <summary>The step as files keep it: an ISO 8601 duration, or "weekdays".</summary>
    public string Code => Kind switch
    {
        StepKind.Months => $"P{Count}M",
        StepKind.Weekdays => WeekdaysCode,
        _ => XmlConvert.ToString(TimeSpan.FromTicks(Count)),
    };

    /// <summary>Reads <see cref="Code"/>; null where it is not one.</summary>
    public static TimeStep? FromCode(string code)
    {
        if (code == WeekdaysCode) return new(StepKind.Weekdays, 1);
        if (code is ['P', .. var months, 'M'] && int.TryParse(months, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0) return new(StepKind.Months, count);
        try
        {
            long ticks = XmlConvert.ToTimeSpan(code).Ticks;
            return ticks > 0 ? new(StepKind.Span, ticks) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>The time some steps later.</summary>
    public DateTime Advance(DateTime from, int steps)
    {
        switch (Kind)
        {
            case StepKind.Months:
                DateTime to = from.AddMonths((int)Count * steps);
                return IsLastOfMonth(from) ? to.AddDays(DateTime.DaysInMonth(to.Year, to.Month) - to.Day) : to;
            case StepKind.Weekdays:
                for (; steps > 0; steps--) from = from.AddDays(from.DayOfWeek == DayOfWeek.Friday ? 3 : 1);
                return from;
            default:
                return from.AddTicks(Count * steps);
        }
    }

    /// <summary>How many steps lie between two times, not rounded.</summary>
    public double Between(long from, long to)
    {
        DateTime first = new(from), second = new(to);
        switch (Kind)
        {
            case StepKind.Months:
                return (Month(second) - Month(first)) / (double)Count;
            case StepKind.Weekdays:
                int days = (second.Date - first.Date).Days, weeks = days / 7;
                int rest = days % 7;
                return (5 * weeks) + (second.DayOfWeek < first.DayOfWeek ? rest - 2 : rest);
            default:
                return (to - from) / (double)Count;
        }
    }

    /// <summary>The step in words, for example <c>15 minutes</c>.</summary>
    public override string ToString()
    {
        if (Kind == StepKind.Weekdays) return "1 working day";
        if (Kind == StepKind.Months) return Count % 12 == 0 ? Words(Count / 12.0, "year") : Words(Count, "month");
        (long ticks, string name)[] units =
        [
            (7 * TimeSpan.TicksPerDay, "week"), (TimeSpan.TicksPerDay, "day"), (TimeSpan.TicksPerHour, "hour"), (TimeSpan.TicksPerMinute, "minute"), (TimeSpan.TicksPerSecond, "second"),
        ];
        foreach ((long ticks, string name) in units)
        {
            if (Count >= ticks && Count % ticks == 0) return Words(Count / ticks, name);
        }

        (double size, string nearest) = Count >= TimeSpan.TicksPerDay ? (Count / (double)TimeSpan.TicksPerDay, "day")
            : Count >= TimeSpan.TicksPerHour ? (Count / (double)TimeSpan.TicksPerHour, "hour")
            : Count >= TimeSpan.TicksPerSecond ? (Count / (double)TimeSpan.TicksPerSecond, "second")
            : (Count / (double)TimeSpan.TicksPerMillisecond, "millisecond");
        return Words(size, nearest);
    }

    private static string Words(double count, string unit) => $"{count:0.###} {unit}{(count == 1 ? "" : "s")}";

    private static bool AreMonths(ReadOnlySpan<long> times, int months)
    {
        DateTime first = new(times[0]);
        bool areLast = true, areSame = true;
        foreach (long ticks in times)
        {
            DateTime time = new(ticks);
            if (time.TimeOfDay != first.TimeOfDay || (Month(time) - Month(first)) % months != 0) return false;
            areLast &= IsLastOfMonth(time);
            areSame &= time.Day == first.Day;
        }

        return areLast || areSame;
    }

    private static bool AreWeekdays(ReadOnlySpan<long> times)
    {
        bool skipsWeekend = false;
        for (int i = 0; i < times.Length; i++)
        {
            DateTime time = new(times[i]);
            if (time.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday) return false;
            skipsWeekend |= i > 0 && time.DayOfWeek == DayOfWeek.Monday && times[i] - times[i - 1] == 3 * TimeSpan.TicksPerDay;
        }

        return skipsWeekend;
    }

    private static bool IsLastOfMonth(DateTime time) => time.Day == DateTime.DaysInMonth(time.Year, time.Month);

    private static int Month(DateTime time) => (12 * time.Year) + time.Month;
}
