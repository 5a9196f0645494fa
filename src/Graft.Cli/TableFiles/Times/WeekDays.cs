namespace Graft.Cli.TableFiles.Times;

/// <summary>Days of the week, as a set: a bit each, Sunday's the lowest.</summary>
internal static class WeekDays
{
    /// <summary>Monday to Friday.</summary>
    public const int Working = 0b0111110;

    /// <summary>All seven.</summary>
    public const int All = 0b1111111;

    private static readonly string[] Codes = ["su", "mo", "tu", "we", "th", "fr", "sa"];

    /// <summary>A day's code of two letters.</summary>
    public static string Code(DayOfWeek day) => Codes[(int)day];

    /// <summary>Reads <see cref="Code"/>; null where it is not one.</summary>
    public static DayOfWeek? Parse(string code) => Array.IndexOf(Codes, code) is >= 0 and var day ? (DayOfWeek)day : null;

    /// <summary>Whether a set has a day.</summary>
    public static bool Has(int days, DayOfWeek day) => ((days >> (int)day) & 1) == 1;

    /// <summary>Whether a day is a Saturday or a Sunday.</summary>
    public static bool IsWeekend(DateTime day) => day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;

    /// <summary>The days that a set lacks, Monday first, as words: <c>Saturdays and Sundays</c>.</summary>
    public static string Lacking(int days)
    {
        string[] names = [.. Enumerable.Range(1, 7).Select(day => (DayOfWeek)(day % 7)).Where(day => !Has(days, day)).Select(day => $"{day}s")];
        return names.Length > 1 ? $"{string.Join(", ", names[..^1])} and {names[^1]}" : string.Concat(names);
    }
}
