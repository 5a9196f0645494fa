namespace Graft.Cli.TableFiles.Times;

/// <summary>What a number counts that stands for a time.</summary>
internal enum CountedUnit
{
    /// <summary>2024.</summary>
    Years,

    /// <summary>202401.</summary>
    Months,

    /// <summary>20240131.</summary>
    Days,

    /// <summary>2024/25, years that begin in one of the calendar and end in the next.</summary>
    SplitYears,

    /// <summary>45292, days as spreadsheets count them from 1900. Their column's name must say that it has days.</summary>
    SpreadsheetDays,

    /// <summary>Seconds since 1970.</summary>
    Seconds,

    /// <summary>Milliseconds since 1970.</summary>
    Milliseconds,

    /// <summary>Microseconds since 1970.</summary>
    Microseconds,

    /// <summary>Nanoseconds since 1970.</summary>
    Nanoseconds,
}

/// <summary>Times that are numbers. Whether a column of numbers has them is told by its values alone: they are of one unit and go on evenly.</summary>
internal static class CountedTime
{
    private const int LeastRows = 3;

    // Parts of a column that may break its rule: a gap, a row twice.
    private const double MostUneven = 0.1;

    // From 1954 to 2119.
    private const decimal FirstSpreadsheetDay = 20_000, LastSpreadsheetDay = 80_000;

    // Numbers that rise unevenly may be amounts: they are times only where they would be of our days.
    private static readonly DateTime FirstUneven = new(1990, 1, 1), LastUneven = new(2100, 1, 1);

    /// <summary>The unit that a number would have; null where it is no time.</summary>
    public static CountedUnit? UnitOf(decimal number)
    {
        bool isWhole = decimal.Truncate(number) == number;
        if (isWhole && number is >= 1000 and < 3000) return CountedUnit.Years;
        if (isWhole && number is >= 100001 and < 300000 && TryTime(CountedUnit.Months, number, out _)) return CountedUnit.Months;
        if (isWhole && number is >= 10000101 and < 30000000 && TryTime(CountedUnit.Days, number, out _)) return CountedUnit.Days;
        return Math.Abs(number) switch
        {
            < 1e8m => null,
            < 1e11m => CountedUnit.Seconds,
            < 1e14m => CountedUnit.Milliseconds,
            < 1e17m => CountedUnit.Microseconds,
            < 1e19m => CountedUnit.Nanoseconds,
            _ => null,
        };
    }

    /// <summary>Whether a unit counts from 1970, in UTC.</summary>
    public static bool IsUnix(CountedUnit unit) => unit >= CountedUnit.Seconds;

    /// <summary>How much of a time a number tells.</summary>
    public static TimeForm Form(CountedUnit unit) => unit switch { CountedUnit.Years or CountedUnit.SplitYears => TimeForm.Year, CountedUnit.Months => TimeForm.Month, CountedUnit.Days => TimeForm.Date, _ => TimeForm.Clock };

    /// <summary>The time that a number stands for.</summary>
    public static bool TryTime(CountedUnit unit, decimal number, out DateTime time)
    {
        time = default;
        if (unit == CountedUnit.SpreadsheetDays)
        {
            // Fractions are a clock, and not exact: seconds are.
            if (number is < FirstSpreadsheetDay or >= LastSpreadsheetDay) return false;
            time = new DateTime(1899, 12, 30).AddSeconds((double)Math.Round(number * 86_400));
            return true;
        }

        if (!IsUnix(unit))
        {
            if (decimal.Truncate(number) != number || number is < 1 or > 99991231) return false;
            int whole = (int)number;
            (int year, int month, int day) = unit switch
            {
                CountedUnit.Years or CountedUnit.SplitYears => (whole, 1, 1),
                CountedUnit.Months => (whole / 100, whole % 100, 1),
                _ => (whole / 10000, whole / 100 % 100, whole % 100),
            };
            return year <= 9999 && DateParts.Of(year, month, day).TryDate(DateOrder.Ymd, out time);
        }

        decimal ticks = number * unit switch
        {
            CountedUnit.Seconds => TimeSpan.TicksPerSecond,
            CountedUnit.Milliseconds => TimeSpan.TicksPerMillisecond,
            CountedUnit.Microseconds => TimeSpan.TicksPerMicrosecond,
            _ => 0.01m,
        };
        if (Math.Abs(ticks) > 2e18m || ticks < -DateTime.UnixEpoch.Ticks) return false;
        time = new DateTime(DateTime.UnixEpoch.Ticks + (long)Math.Round(ticks));
        return true;
    }

    /// <summary>The year in which a split year begins: 2024 of 2024/25, 2024-25 or 2024/2025.</summary>
    public static bool TrySplitYear(ReadOnlySpan<char> text, out int year)
    {
        year = 0;
        if (text.Length is not (7 or 9) || DateText.Digits(text) != 4 || text[4] is not ('/' or '-') || DateText.Digits(text[5..]) != text.Length - 5) return false;
        year = DateText.Number(text[..4]);
        return DateText.Number(text[5..]) == (text.Length == 9 ? year + 1 : (year + 1) % 100);
    }

    /// <summary>Whether a column's first numbers are days as a spreadsheet counts them.</summary>
    public static bool AreSpreadsheetDays(IReadOnlyList<decimal> numbers) =>
        numbers.Count >= LeastRows && numbers.All(number => number is >= FirstSpreadsheetDay and < LastSpreadsheetDay) && numbers.Distinct().Count() >= (1 - MostUneven) * numbers.Count;

    /// <summary>The unit of a column's first numbers; null where they are no times.</summary>
    public static CountedUnit? Find(IReadOnlyList<decimal> numbers)
    {
        if (numbers.Count < LeastRows || UnitOf(numbers[0]) is not { } unit) return null;
        DateTime[] times = new DateTime[numbers.Count];
        int rises = 0, falls = 0;
        for (int i = 0; i < times.Length; i++)
        {
            if (!TryTime(unit, numbers[i], out times[i])) return null;
            if (IsUnix(unit) ? decimal.Truncate(numbers[i]) != numbers[i] || UnitOf(numbers[i]) != unit || numbers[i] < 0 : times[i].Year is >= 2100 or < 1600) return null;
            if (i > 0 && numbers[i] > numbers[i - 1]) rises++;
            if (i > 0 && numbers[i] < numbers[i - 1]) falls++;
        }

        // Dates that are valid one and all, and not the same, are no accident.
        if (unit == CountedUnit.Days) return rises + falls > 0 ? unit : null;
        bool isSorted = rises == 0 || falls == 0;
        if (rises + falls < (1 - MostUneven) * (times.Length - 1) || (!IsUnix(unit) && !isSorted)) return null;
        return IsEven(unit, numbers) || (IsUnix(unit) && isSorted && times.Min() >= FirstUneven && times.Max() < LastUneven) ? unit : null;
    }

    private static bool IsEven(CountedUnit unit, IReadOnlyList<decimal> numbers)
    {
        decimal[] places = [.. numbers.Select(number => unit == CountedUnit.Months ? (12 * decimal.Truncate(number / 100)) + (number % 100) : number).Order()];
        decimal[] steps = [.. Enumerable.Range(1, places.Length - 1).Select(i => places[i] - places[i - 1])];
        decimal median = steps.Order().ElementAt((steps.Length - 1) / 2);
        if (median <= 0 || (unit == CountedUnit.Years && median is not (1 or 2 or 5 or 10))) return false;
        return steps.Count(step => IsUnix(unit) ? step % median == 0 : step == median) >= (1 - MostUneven) * steps.Length;
    }
}
