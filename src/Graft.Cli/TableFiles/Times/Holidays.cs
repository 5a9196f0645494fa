using System.Globalization;

namespace Graft.Cli.TableFiles.Times;

/// <summary>How a holiday is found in a year.</summary>
internal enum HolidayKind
{
    /// <summary>By month and day.</summary>
    Date,

    /// <summary>By days after Easter Sunday.</summary>
    Easter,

    /// <summary>By a weekday of a month: the fourth Thursday of November.</summary>
    Weekday,

    /// <summary>By the last weekday of a month.</summary>
    LastWeekday,
}

/// <summary>A day that comes back each year.</summary>
/// <param name="Kind">How it is found.</param>
/// <param name="Month">Its month; 0 for Easter's.</param>
/// <param name="Number">The day, the days after Easter, or which weekday of the month.</param>
/// <param name="Weekday">The day of the week, where that counts.</param>
internal readonly record struct HolidayRule(HolidayKind Kind, int Month, int Number, DayOfWeek Weekday)
{
    /// <summary>Words for 1 to 4.</summary>
    public static readonly string[] Ordinals = ["first", "second", "third", "fourth"];

    /// <summary>As files keep it: 12-25, easter-2, 11:4:th, 5:last:mo.</summary>
    public string Code => Kind switch
    {
        HolidayKind.Date => string.Create(CultureInfo.InvariantCulture, $"{Month}-{Number}"),
        HolidayKind.Easter => string.Create(CultureInfo.InvariantCulture, $"easter{Number:+0;-0;+0}"),
        HolidayKind.Weekday => string.Create(CultureInfo.InvariantCulture, $"{Month}:{Number}:{WeekDays.Code(Weekday)}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Month}:last:{WeekDays.Code(Weekday)}"),
    };

    /// <summary>Reads <see cref="Code"/>; null where it is not one.</summary>
    public static HolidayRule? Parse(string code)
    {
        const string Easter = "easter";
        if (code.StartsWith(Easter, StringComparison.Ordinal)) return int.TryParse(code.AsSpan(Easter.Length), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int after) ? new(HolidayKind.Easter, 0, after, default) : null;
        string[] parts = code.Split('-', ':');
        if (!int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int month)) return null;
        int number = 0;
        bool isLast = parts.Length == 3 && parts[1] == "last";
        if (!isLast && (parts.Length < 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out number))) return null;
        if (parts.Length == 2) return new(HolidayKind.Date, month, number, default);
        return parts.Length == 3 && WeekDays.Parse(parts[2]) is { } day ? new(isLast ? HolidayKind.LastWeekday : HolidayKind.Weekday, month, number, day) : null;
    }

    /// <summary>The rules that a date would follow, the plainest first.</summary>
    public static IEnumerable<HolidayRule> Of(DateTime date)
    {
        yield return new(HolidayKind.Date, date.Month, date.Day, default);
        yield return new(HolidayKind.Easter, 0, (date - EasterSunday(date.Year)).Days, default);

        // A fifth one is always the last.
        if (date.Day <= 28) yield return new(HolidayKind.Weekday, date.Month, ((date.Day - 1) / 7) + 1, date.DayOfWeek);
        if (date.Day + 7 > DateTime.DaysInMonth(date.Year, date.Month)) yield return new(HolidayKind.LastWeekday, date.Month, 0, date.DayOfWeek);
    }

    /// <summary>The rule in words.</summary>
    public override string ToString()
    {
        string month = Month is >= 1 and <= 12 ? CultureInfo.InvariantCulture.DateTimeFormat.MonthNames[Month - 1] : "";
        return Kind switch
        {
            HolidayKind.Date => $"{Number} {month}",
            HolidayKind.Easter => Number switch { -2 => "Good Friday", 0 => "Easter Sunday", 1 => "Easter Monday", _ => $"the day {Amount.Of(Math.Abs(Number), "day")} {(Number < 0 ? "before" : "after")} Easter" },
            HolidayKind.Weekday => $"the {Ordinals[Math.Clamp(Number, 1, 4) - 1]} {Weekday} of {month}",
            _ => $"the last {Weekday} of {month}",
        };
    }

    /// <summary>Easter Sunday of the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher.</summary>
    public static DateTime EasterSunday(int year)
    {
        int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3, h = ((19 * a) + b - d - g + 15) % 30;
        int i = c / 4, k = c % 4, l = (32 + (2 * e) + (2 * i) - h - k) % 7, m = (a + (11 * h) + (22 * l)) / 451, n = h + l - (7 * m) + 114;
        return new DateTime(year, n / 31, (n % 31) + 1);
    }
}

/// <summary>Days without rows that come back each year.</summary>
/// <param name="Rules">How they are found.</param>
internal sealed record Holidays(IReadOnlyList<HolidayRule> Rules)
{
    // As often must a day have come, and never have had a row, to be one; twice for days that are holidays in many countries.
    private const int LeastYears = 3, LeastYearsKnown = 2, MostRules = 40;

    private static readonly HashSet<HolidayRule> Known =
    [
        new(HolidayKind.Date, 1, 1, default), new(HolidayKind.Date, 5, 1, default), new(HolidayKind.Date, 7, 4, default), new(HolidayKind.Date, 12, 25, default), new(HolidayKind.Date, 12, 26, default),
        new(HolidayKind.Easter, 0, -2, default), new(HolidayKind.Easter, 0, 1, default), new(HolidayKind.Easter, 0, 39, default), new(HolidayKind.Easter, 0, 50, default),
        new(HolidayKind.Weekday, 11, 4, DayOfWeek.Thursday),
    ];

    /// <summary>None.</summary>
    public static Holidays None { get; } = new([]);

    /// <summary>Finds the days that no year has a row of.</summary>
    /// <param name="dates">The days with rows.</param>
    /// <param name="days">The days of the week that have rows.</param>
    public static Holidays Find(SortedSet<DateTime> dates, int days)
    {
        List<DateTime> missing = [];
        HashSet<HolidayRule> present = [];
        DateTime first = dates.Min;
        int span = (dates.Max - first).Days;
        for (int d = 0; d <= span; d++)
        {
            DateTime day = first.AddDays(d);
            if (!WeekDays.Has(days, day.DayOfWeek)) continue;
            if (dates.Contains(day)) present.UnionWith(HolidayRule.Of(day));
            else missing.Add(day);

            // Where much is missing, something is missing in every year by accident.
            if (missing.Count > dates.Count / 10) return None;
        }

        List<HolidayRule> rules = [];
        foreach (HolidayKind kind in Enum.GetValues<HolidayKind>())
        {
            IGrouping<HolidayRule, (DateTime Day, HolidayRule Rule)>[] found = missing.SelectMany(day => HolidayRule.Of(day).Where(rule => rule.Kind == kind).Select(rule => (Day: day, Rule: rule))).GroupBy(pair => pair.Rule)
                .Where(group => !present.Contains(group.Key) && group.Count() >= (Known.Contains(group.Key) ? LeastYearsKnown : LeastYears)).OrderByDescending(group => group.Count()).ThenBy(group => group.Key.Month).ToArray();
            foreach (IGrouping<HolidayRule, (DateTime Day, HolidayRule Rule)>? group in found)
            {
                if (rules.Count == MostRules) break;
                rules.Add(group.Key);
                missing.RemoveAll(day => group.Any(pair => pair.Day == day));
            }
        }

        return rules.Count == 0 ? None : new([.. rules.OrderBy(rule => rule.Kind).ThenBy(rule => rule.Month).ThenBy(rule => rule.Number)]);
    }

    /// <summary>Whether a day is one of them.</summary>
    public bool Contains(DateTime time) => Rules.Count > 0 && HolidayRule.Of(time.Date).Any(rule => Rules.Contains(rule));
}
