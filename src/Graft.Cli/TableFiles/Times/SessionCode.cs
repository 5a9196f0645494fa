using System.Globalization;
using System.Xml;

namespace Graft.Cli.TableFiles.Times;

/// <summary>The rows of a week as files keep them: <c>weekdays</c>; <c>week mo,tu PT1H 09:00:00 8</c>, the first clock of each day and how many; <c>times PT1H mo@22:00:00+2,tu@00:00:00+3</c>; holidays after that.</summary>
internal static class SessionCode
{
    private const string WorkingDays = "weekdays", Alike = "week", Unlike = "times";

    // More rows in a week than seconds are none of ours.
    private const int MostRows = 604_800;

    /// <summary>The code of a step.</summary>
    public static string Of(SessionStep step)
    {
        if (step.Ticks == TimeSpan.TicksPerDay && step.Days == WeekDays.Working && step.Holidays.Rules.Count == 0) return WorkingDays;
        List<(int Day, long First, int Count)> runs = [];
        foreach (long time in step.Week)
        {
            (long day, long clock) = Math.DivRem(time, TimeSpan.TicksPerDay);
            if (runs.Count > 0 && runs[^1] is var last && last.Day == day && clock == last.First + (last.Count * step.Ticks)) runs[^1] = last with { Count = last.Count + 1 };
            else runs.Add(((int)day, clock, 1));
        }

        bool areAlike = runs.All(run => run.First == runs[0].First && run.Count == runs[0].Count) && runs.DistinctBy(run => run.Day).Count() == runs.Count;
        string span = XmlConvert.ToString(TimeSpan.FromTicks(step.Ticks));
        string[] words = areAlike
            ? [Alike, string.Join(',', runs.Select(run => Day(run.Day)).Order(Comparer<string>.Create((a, b) => WeekDays.Parse(a)!.Value.CompareTo(WeekDays.Parse(b)!.Value)))), span, Clock(runs[0].First), Number(runs[0].Count)]
            : [Unlike, span, string.Join(',', runs.Select(run => $"{Day(run.Day)}@{Clock(run.First)}+{Number(run.Count)}"))];
        return string.Join(' ', [.. words, .. step.Holidays.Rules.Select(rule => rule.Code)]);
    }

    /// <summary>Reads a code; null where it is not one.</summary>
    public static SessionStep? Parse(string code)
    {
        if (code == WorkingDays) return SessionStep.Daily(WeekDays.Working);
        string[] parts = code.Split(' ');
        List<long> week = [];
        int rest;
        long ticks;
        if (parts.Length >= 5 && parts[0] == Alike && SpanStep.Parse(parts[2]) is { } span)
        {
            (rest, ticks) = (5, span.Ticks);
            DayOfWeek?[] days = [.. parts[1].Split(',').Select(WeekDays.Parse).Where(day => day is not null)];
            if (!days.All(day => TryRun(day!.Value, parts[3], parts[4], ticks, week))) return null;
        }
        else if (parts.Length >= 3 && parts[0] == Unlike && SpanStep.Parse(parts[1]) is { } usual)
        {
            (rest, ticks) = (3, usual.Ticks);
            foreach (string run in parts[2].Split(','))
            {
                string[] words = run.Split('@', '+');
                if (words.Length != 3 || WeekDays.Parse(words[0]) is not { } day || !TryRun(day, words[1], words[2], ticks, week)) return null;
            }
        }
        else
        {
            return null;
        }

        HolidayRule?[] rules = [.. parts[rest..].Select(HolidayRule.Parse)];
        week.Sort();
        bool isRising = Enumerable.Range(1, Math.Max(0, week.Count - 1)).All(i => week[i] > week[i - 1]);
        return week.Count > 0 && isRising && !rules.Contains(null) ? new(ticks, week) { Holidays = new([.. rules.Select(rule => rule!.Value)]) } : null;
    }

    private static bool TryRun(DayOfWeek day, string first, string count, long ticks, List<long> week)
    {
        if (!TimeSpan.TryParseExact(first, "c", CultureInfo.InvariantCulture, out TimeSpan clock) || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int rows)) return false;
        if (rows < 1 || week.Count + rows > MostRows || clock < TimeSpan.Zero || clock.Ticks + ((rows - 1) * (Int128)ticks) >= TimeSpan.TicksPerDay) return false;
        long start = (((int)day + 6) % 7 * TimeSpan.TicksPerDay) + clock.Ticks;
        for (int i = 0; i < rows; i++) week.Add(start + (i * ticks));
        return true;
    }

    private static string Day(int day) => WeekDays.Code(SessionStep.DayOf(day * TimeSpan.TicksPerDay));

    private static string Clock(long ticks) => TimeSpan.FromTicks(ticks).ToString("c", CultureInfo.InvariantCulture);

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);
}
