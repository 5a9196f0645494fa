namespace Graft.Cli.TableFiles.Times;

/// <summary>What looks like times but does not tell when: such columns are not read, and never passed over in silence.</summary>
internal static class TimeWords
{
    private static readonly string[] Names = ["date", "dates", "datum", "day", "time", "datetime", "timestamp", "month", "year", "week", "quarter", "period"];

    // A column of days; what a spreadsheet counts from 1900 is taken for days only here.
    private static readonly string[] DayNames = ["date", "dates", "datum", "day", "time", "datetime", "timestamp"];

    /// <summary>Whether a column's name says that it has times.</summary>
    public static bool IsTimeName(string name) => Words(name).Any(word => Names.Contains(word));

    /// <summary>Whether a column's name says that it has days or clocks.</summary>
    public static bool IsDayName(string name) => Words(name).Any(word => DayNames.Contains(word));

    /// <summary>Whether a cell is a part of a time without a year: Jan, Mon, 31/01, 19 Jan, Q1, W05.</summary>
    public static bool IsPartial(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        if (text.Length is < 2 or > 20) return false;
        return DateText.IsMonth(text) || DateText.IsDayOfWeek(text) || DateText.IsDayOfMonth(text) || IsNumbered(text) || IsDayAndMonth(text);
    }

    // Q1, W5, W05.
    private static bool IsNumbered(ReadOnlySpan<char> text) => text[0] switch
    {
        'Q' or 'q' => text.Length == 2 && text[1] is >= '1' and <= '4',
        'W' or 'w' => text.Length <= 3 && DateText.Take(ref text, 1, out int week) && week is >= 1 and <= 53 && text.IsEmpty,
        _ => false,
    };

    // 31/01, 31-01, 31.01.
    private static bool IsDayAndMonth(ReadOnlySpan<char> text)
    {
        if (!DateText.Take(ref text, out int first) || text.IsEmpty || text[0] is not ('/' or '-' or '.')) return false;
        bool isDotted = text[0] == '.';
        if (!DateText.Take(ref text, 1, out int second) || (isDotted ? text is not "." : !text.IsEmpty)) return false;
        return first is >= 1 and <= 31 && second is >= 1 and <= 31 && Math.Min(first, second) <= 12;
    }

    private static string[] Words(string name) => name.ToLowerInvariant().Split([' ', '_', '-', '.', '(', ')', '/'], StringSplitOptions.RemoveEmptyEntries);
}
