using System.Globalization;
using Graft.Cli.TableFiles.Times;

namespace Graft.Cli.Plots;

/// <summary>A mark on an axis of times.</summary>
/// <param name="At">Where it is.</param>
/// <param name="Label">What stands there.</param>
internal sealed record TimeTick(DateTime At, string Label);

/// <summary>Marks for an axis of times: on the beginnings of years, months, days or hours, and labelled by these, so that no label comes twice.</summary>
internal static class TimeTicks
{
    private const int Most = 10;

    private static readonly int[] Months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000, 24000];
    private static readonly int[] Days = [1, 2, 7, 14];

    private static readonly long[] Ticks =
    [
        .. from unit in (long[])[1, 10, 100, 1000, 10_000, 100_000, 1_000_000] from count in (long[])[1, 2, 5] select unit * count,
        .. from count in (long[])[1, 2, 5, 10, 15, 30] select count * TimeSpan.TicksPerSecond,
        .. from count in (long[])[1, 2, 5, 10, 15, 30] select count * TimeSpan.TicksPerMinute,
        .. from count in (long[])[1, 2, 3, 6, 12] select count * TimeSpan.TicksPerHour,
    ];

    /// <summary>Marks between two times, not closer than a table writes its times.</summary>
    public static TimeTick[] Between(DateTime first, DateTime last, TimeForm form)
    {
        if (form >= TimeForm.Clock)
        {
            foreach (long step in Ticks)
            {
                if ((last - first).Ticks / step < Most) return Spans(first, first, last, step);
            }
        }

        if (form >= TimeForm.Week)
        {
            foreach (int step in Days)
            {
                if ((last - first).TotalDays / step < Most) return Spans(first, Whole(first, step), last, step * TimeSpan.TicksPerDay);
            }
        }

        int least = form == TimeForm.Year ? 12 : form == TimeForm.Quarter ? 3 : 1;
        return Calendar(first, last, Months.First(step => step >= least && ((12.0 * (last.Year - first.Year)) + last.Month - first.Month) / step < Most));
    }

    // Mondays, where steps are weeks.
    private static DateTime Whole(DateTime first, int days) => first.Date.AddDays(days >= 7 && first < DateTime.MaxValue.AddDays(-7) ? (8 - (int)first.DayOfWeek) % 7 : 0);

    private static TimeTick[] Spans(DateTime first, DateTime origin, DateTime last, long step)
    {
        bool areDays = step >= TimeSpan.TicksPerDay;
        string format = areDays ? "yyyy-MM-dd" : step >= TimeSpan.TicksPerMinute ? "MM-dd HH:mm" : step >= TimeSpan.TicksPerSecond ? "HH:mm:ss" : "mm:ss.FFFFFFF";
        List<TimeTick> found = [];
        for (long at = areDays ? origin.Ticks : (first.Ticks + step - 1) / step * step; at <= last.Ticks; at += step) found.Add(new(new(at), new DateTime(at).ToString(format, CultureInfo.InvariantCulture)));
        return [.. found.Where(tick => tick.At >= first)];
    }

    private static TimeTick[] Calendar(DateTime first, DateTime last, int months)
    {
        List<TimeTick> found = [];
        int from = (12 * first.Year) + first.Month - 1, to = (12 * last.Year) + last.Month - 1;
        for (int month = (from + months - 1) / months * months; month <= to; month += months)
        {
            if (month < 12) continue;
            DateTime at = new(month / 12, (month % 12) + 1, 1);
            if (at >= first && at <= last) found.Add(new(at, at.ToString(months % 12 == 0 ? "yyyy" : "yyyy-MM", CultureInfo.InvariantCulture)));
        }

        return [.. found];
    }
}
