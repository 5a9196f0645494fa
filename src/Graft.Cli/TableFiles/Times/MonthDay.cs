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

    /// <summary>A day by its number, or the working day before it.</summary>
    WorkingBefore,

    /// <summary>A day by its number, or the working day after it.</summary>
    WorkingAfter,
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
        MonthDayKind.WorkingBefore => $"before-{Number}",
        MonthDayKind.WorkingAfter => $"after-{Number}",
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
        if (code.StartsWith("before-", StringComparison.Ordinal)) return Parse(code[7..]) is { Kind: MonthDayKind.Number } day ? day with { Kind = MonthDayKind.WorkingBefore } : null;
        if (code.StartsWith("after-", StringComparison.Ordinal)) return Parse(code[6..]) is { Kind: MonthDayKind.Number } day ? day with { Kind = MonthDayKind.WorkingAfter } : null;
        if (code.StartsWith("last-", StringComparison.Ordinal) && WeekDays.Parse(code[5..]) is { } last) return new(MonthDayKind.LastWeekday, 0, last);
        if (code.Length == 3 && code[0] is >= '1' and <= '4' && WeekDays.Parse(code[1..]) is { } weekday) return new(MonthDayKind.Weekday, code[0] - '0', weekday);
        return int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 31 ? new(MonthDayKind.Number, number, default) : null;
    }

    /// <summary>The day in a month.</summary>
    public DateTime In(int year, int month)
    {
        DateTime first = new(year, month, 1), last = new(year, month, DateTime.DaysInMonth(year, month));
        DateTime numbered = Number > 0 && Number < last.Day ? new(year, month, Number) : last;
        switch (Kind)
        {
            case MonthDayKind.Number:
                return numbered;
            case MonthDayKind.FirstWorking:
                return Working(first, 1);
            case MonthDayKind.LastWorking:
                return Working(last, -1);
            case MonthDayKind.WorkingBefore:
                return Working(numbered, -1);
            case MonthDayKind.WorkingAfter:
                return Working(numbered, 1);
            case MonthDayKind.Weekday:
                return first.AddDays(((int)Weekday - (int)first.DayOfWeek + 7) % 7).AddDays(7 * (Number - 1));
            case MonthDayKind.LastWeekday:
                return last.AddDays(-(((int)last.DayOfWeek - (int)Weekday + 7) % 7));
            default:
                return last;
        }
    }

    /// <summary>The days that may be moved to a working day and stay in their month.</summary>
    public static IEnumerable<MonthDay> Moved(MonthDayKind kind) =>
        (kind == MonthDayKind.WorkingBefore ? Enumerable.Range(3, 28) : Enumerable.Range(2, 25)).Select(number => new MonthDay(kind, number, default));

    /// <summary>The day in words.</summary>
    public override string ToString() => Kind switch
    {
        MonthDayKind.Number => $"day {Number}",
        MonthDayKind.FirstWorking => "the first working day",
        MonthDayKind.LastWorking => "the last working day",
        MonthDayKind.WorkingBefore => $"day {Number} or the working day before",
        MonthDayKind.WorkingAfter => $"day {Number} or the working day after",
        MonthDayKind.Weekday => $"the {HolidayRule.Ordinals[Number - 1]} {Weekday}",
        MonthDayKind.LastWeekday => $"the last {Weekday}",
        _ => "the last day",
    };

    private static DateTime Working(DateTime day, int direction)
    {
        while (WeekDays.IsWeekend(day)) day = day.AddDays(direction);
        return day;
    }
}
