using System.Globalization;

namespace Graft.Cli.TableFiles.Times;

/// <summary>
/// Reads dates as text: ISO 8601 and near it (2024-01-31, 2024/01/31, 2024-01, 2024-Q1, 2024-W05, 20240131), numbers with the year last (31.01.2024, 1/31/24), and names of months
/// (31-Jan-24, Jan 31, 2024, January 2024, Jan-24), fiscal years (FY2024, FY24 Q1).
/// </summary>
internal static class DateText
{
    private static readonly string[] Months = CultureInfo.InvariantCulture.DateTimeFormat.MonthNames[..12];
    private static readonly string[] Days = CultureInfo.InvariantCulture.DateTimeFormat.DayNames;

    /// <summary>Takes a date from the start of a text.</summary>
    public static bool TryTake(ref ReadOnlySpan<char> text, out DateParts date, out TimeForm form)
    {
        (date, form) = (default, TimeForm.Date);
        if (text.IsEmpty) return false;
        if (!char.IsAsciiDigit(text[0]))
        {
            // Fri, 19 Jan 2018.
            if (Name(text, Days, out int letters) >= 0 && letters < text.Length) text = text[letters..].TrimStart(",. ");
            if (text.IsEmpty) return false;
        }

        return (Digits(text) switch
        {
            0 => NameFirst(ref text, ref date, ref form),
            1 or 2 => NumberFirst(ref text, ref date, ref form),
            4 => YearFirst(ref text, ref date, ref form),
            8 => Compact(ref text, ref date),
            _ => false,
        }) && date.IsDate;
    }

    /// <summary>Whether a text begins with the name of a month or of a day of the week.</summary>
    public static bool BeginsWithName(ReadOnlySpan<char> text) => Name(text, Months, out _) >= 0 || Name(text, Days, out _) >= 0;

    /// <summary>Whether a text is a day and a month without a year: 19 Jan, Jan 19.</summary>
    public static bool IsDayOfMonth(ReadOnlySpan<char> text)
    {
        if (TakeMonth(ref text) > 0) return Digits(text.TrimStart("-/. ")) == text.TrimStart("-/. ").Length && text.Length <= 4;
        return Take(ref text, out int day) && day is >= 1 and <= 31 && TakeMonth(ref text, "-/. ") && text.IsEmpty;
    }

    /// <summary>Whether a text is the name of a month: Jan, January.</summary>
    public static bool IsMonth(ReadOnlySpan<char> text) => TakeMonth(ref text) > 0 && text.IsEmpty;

    /// <summary>Whether a text is the name of a day of the week: Mon, Monday.</summary>
    public static bool IsDayOfWeek(ReadOnlySpan<char> text) => Name(text, Days, out int letters) >= 0 && text[letters..].TrimEnd('.').IsEmpty;

    /// <summary>Takes one or two digits after some letters.</summary>
    public static bool Take(ref ReadOnlySpan<char> text, int after, out int number)
    {
        text = text[after..];
        return Take(ref text, out number);
    }

    /// <summary>Takes one or two digits.</summary>
    public static bool Take(ref ReadOnlySpan<char> text, out int number)
    {
        int digits = Digits(text);
        number = digits is 1 or 2 ? Number(text[..digits]) : -1;
        if (number < 0) return false;
        text = text[digits..];
        return true;
    }

    /// <summary>How many digits a text begins with.</summary>
    public static int Digits(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }

    /// <summary>The number that digits are.</summary>
    public static int Number(ReadOnlySpan<char> digits)
    {
        int number = 0;
        foreach (char digit in digits) number = (10 * number) + digit - '0';
        return number;
    }

    private static bool YearFirst(ref ReadOnlySpan<char> text, ref DateParts date, ref TimeForm form)
    {
        int year = Number(text[..4]), day = 1;
        text = text[4..];
        if (text.Length < 2) return false;
        char mark = text[0];
        bool hasMark = mark is '-' or '/' or '.' or ' ';
        ReadOnlySpan<char> rest = hasMark ? text[1..] : text;
        if (rest[0] is 'Q' or 'q') return Quarter(rest[1..], year, ref text, ref date, ref form);
        if (rest[0] is 'W' or 'w') return Week(rest[1..], year, ref text, ref date, ref form);
        if (!hasMark) return false;
        if (!char.IsAsciiDigit(rest[0]))
        {
            int named = TakeMonth(ref rest);
            if (named < 1) return false;
            text = rest;
            if (rest.Length > 1 && (rest[0] == mark || rest[0] == ' ') && Digits(rest[1..]) is 1 or 2)
            {
                text = rest[1..];
                if (!Take(ref text, out day)) return false;
            }
            else
            {
                form = TimeForm.Month;
            }

            date = DateParts.Of(year, named, day);
            return true;
        }

        if (mark == ' ') return false;
        text = rest;
        if (!Take(ref text, out int month)) return false;
        if (!text.IsEmpty && text[0] == mark)
        {
            text = text[1..];
            if (!Take(ref text, out day)) return false;
        }
        else if (mark == '.')
        {
            return false;
        }
        else
        {
            form = TimeForm.Month;
        }

        date = DateParts.Of(year, month, day);
        return true;
    }

    private static bool Quarter(ReadOnlySpan<char> number, int year, ref ReadOnlySpan<char> text, ref DateParts date, ref TimeForm form)
    {
        if (number.Length != 1 || number[0] is < '1' or > '4') return false;
        (date, form) = (DateParts.Of(year, (3 * (number[0] - '1')) + 1, 1), TimeForm.Quarter);
        text = [];
        return true;
    }

    private static bool Week(ReadOnlySpan<char> number, int year, ref ReadOnlySpan<char> text, ref DateParts date, ref TimeForm form)
    {
        if (Digits(number) != 2 || number.Length != 2 || year is < 2 or > 9998 || Number(number) is not (>= 1 and var week) || week > ISOWeek.GetWeeksInYear(year)) return false;
        DateTime monday = ISOWeek.ToDateTime(year, week, DayOfWeek.Monday);
        (date, form) = (DateParts.Of(monday.Year, monday.Month, monday.Day), TimeForm.Week);
        text = [];
        return true;
    }

    private static bool Compact(ref ReadOnlySpan<char> text, ref DateParts date)
    {
        // Alone, eight digits are a number: the whole column says whether it counts days.
        if (text.Length == 8) return false;
        date = DateParts.Of(Number(text[..4]), Number(text[4..6]), Number(text[6..8]));
        text = text[8..];
        return true;
    }

    private static bool NumberFirst(ref ReadOnlySpan<char> text, ref DateParts date, ref TimeForm form)
    {
        Take(ref text, out int first);
        if (!text.IsEmpty && char.IsAsciiLetter(text[0])) Ordinal(ref text);
        char mark = text.IsEmpty ? '\0' : text[0];
        ReadOnlySpan<char> rest = text.TrimStart("-/. ");
        if (rest.IsEmpty || rest.Length == text.Length) return false;
        if (char.IsAsciiLetter(rest[0]))
        {
            // 19-Jan-18, 19 January 2018.
            int named = TakeMonth(ref rest);
            rest = rest.TrimStart("-/., ");
            if (named < 1 || !TakeYear(ref rest, out int year, out _)) return false;
            date = DateParts.Of(year, named, first);
            text = rest;
            return true;
        }

        if (mark is not ('-' or '/' or '.') || text.Length < 3) return false;
        text = text[1..];
        if (Digits(text) == 4 && mark != '.' && text.Length == 4)
        {
            (date, form) = (DateParts.Of(Number(text), first, 1), TimeForm.Month);
            text = [];
            return true;
        }

        if (!Take(ref text, out int second) || text.IsEmpty || text[0] != mark) return false;
        text = text[1..];
        if (Digits(text) == 1 || !TakeNumber(ref text, out int third, out bool hasCentury)) return false;
        DateShape shape = mark == '.' ? DateShape.Dotted : mark == '-' && !hasCentury ? DateShape.ShortDashed : DateShape.YearLast;
        date = new(shape, (short)first, (short)second, (short)third, hasCentury);
        return true;
    }

    private static bool NameFirst(ref ReadOnlySpan<char> text, ref DateParts date, ref TimeForm form)
    {
        if (text.StartsWith("FY", StringComparison.OrdinalIgnoreCase)) return FiscalYear(text[2..].TrimStart(" -"), ref text, ref date, ref form);
        if (text[0] is 'Q' or 'q' && text.Length == 7 && text[2] is ' ' or '-' or '/' && Digits(text[3..]) == 4) return Quarter(text[1..2], Number(text[3..]), ref text, ref date, ref form);
        int month = TakeMonth(ref text);
        if (month < 1) return false;
        bool isJoined = !text.IsEmpty && text[0] is '-' or '/' or '\'';
        text = text.TrimStart("-/., '");
        int digits = Digits(text);
        if (digits is 1 or 2)
        {
            ReadOnlySpan<char> rest = text;
            Take(ref rest, out int day);
            Ordinal(ref rest);
            ReadOnlySpan<char> after = rest.TrimStart("-/., ");
            if (after.Length < rest.Length && Digits(after) is 2 or 4 && !(after.Length > 2 && after[2] == ':') && TakeYear(ref after, out int with, out _))
            {
                date = DateParts.Of(with, month, day);
                text = after;
                return true;
            }
        }

        // Jan 2018, Jan-49; "Jan 19" has no year.
        if (!TakeYear(ref text, out int year, out bool hasCentury) || !(hasCentury || isJoined)) return false;
        (date, form) = (DateParts.Of(year, month, 1), TimeForm.Month);
        return true;
    }

    // FY2000, FY 00, FY2024 Q1. Where a year begins is not told: quarters are those of the calendar.
    private static bool FiscalYear(ReadOnlySpan<char> rest, ref ReadOnlySpan<char> text, ref DateParts date, ref TimeForm form)
    {
        if (!TakeYear(ref rest, out int year, out _)) return false;
        rest = rest.TrimStart(" -/");
        if (rest is ['Q' or 'q', ..]) return Quarter(rest[1..], year, ref text, ref date, ref form);
        if (!rest.IsEmpty) return false;
        (date, form) = (DateParts.Of(year, 1, 1), TimeForm.Year);
        text = [];
        return true;
    }

    private static void Ordinal(ref ReadOnlySpan<char> text)
    {
        foreach (string end in (ReadOnlySpan<string>)["st", "nd", "rd", "th"])
        {
            if (!text.StartsWith(end, StringComparison.OrdinalIgnoreCase)) continue;
            text = text[2..];
            return;
        }
    }

    private static bool TakeYear(ref ReadOnlySpan<char> text, out int year, out bool hasCentury)
    {
        if (!TakeNumber(ref text, out year, out hasCentury)) return false;
        if (!hasCentury) year = DateParts.Year(year);
        return true;
    }

    // Two digits or four.
    private static bool TakeNumber(ref ReadOnlySpan<char> text, out int number, out bool hasCentury)
    {
        int digits = Digits(text);
        (number, hasCentury) = (0, digits == 4);
        if (digits is not (2 or 4)) return false;
        number = Number(text[..digits]);
        text = text[digits..];
        return true;
    }

    private static int TakeMonth(ref ReadOnlySpan<char> text)
    {
        int month = Name(text, Months, out int letters) + 1;
        if (month < 1) return 0;
        text = text[letters..];
        if (text is ['.', ..]) text = text[1..];
        return month;
    }

    private static bool TakeMonth(ref ReadOnlySpan<char> text, ReadOnlySpan<char> after)
    {
        text = text.TrimStart(after);
        return TakeMonth(ref text) > 0;
    }

    // Three letters of a name or more, and nothing else.
    private static int Name(ReadOnlySpan<char> text, string[] names, out int letters)
    {
        letters = 0;
        while (letters < text.Length && char.IsAsciiLetter(text[letters])) letters++;
        if (letters < 3) return -1;
        for (int i = 0; i < names.Length; i++)
        {
            if (names[i].AsSpan().StartsWith(text[..letters], StringComparison.OrdinalIgnoreCase)) return i;
        }

        return -1;
    }
}
