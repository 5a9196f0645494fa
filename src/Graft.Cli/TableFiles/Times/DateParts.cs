namespace Graft.Cli.TableFiles.Times;

/// <summary>In which order a date of numbers alone is written.</summary>
internal enum DateOrder
{
    /// <summary>Day, month, year.</summary>
    Dmy,

    /// <summary>Month, day, year.</summary>
    Mdy,

    /// <summary>Year, month, day.</summary>
    Ymd,
}

/// <summary>How a date is written.</summary>
internal enum DateShape
{
    /// <summary>Year, month and day are known.</summary>
    Known,

    /// <summary>1.2.2024 or 1.2.24: day first by custom, unless that is no date.</summary>
    Dotted,

    /// <summary>1/2/2024, 1-2-2024 or 1/2/24: day or month first.</summary>
    YearLast,

    /// <summary>1-2-24: the year may also be first.</summary>
    ShortDashed,
}

/// <summary>The three numbers of a date, in the order of its text; year, month and day where these are known.</summary>
/// <param name="Shape">How it is written.</param>
/// <param name="A">The first number.</param>
/// <param name="B">The second.</param>
/// <param name="C">The third.</param>
/// <param name="HasCentury">Whether the year has four digits.</param>
internal readonly record struct DateParts(DateShape Shape, short A, short B, short C, bool HasCentury)
{
    /// <summary>Years of two digits are from 1930 to 2029, as spreadsheets take them.</summary>
    private const int FirstShortYear = 30;

    /// <summary>A date whose parts are known.</summary>
    public static DateParts Of(int year, int month, int day) => new(DateShape.Known, (short)year, (short)month, (short)day, true);

    /// <summary>The year that two digits stand for.</summary>
    public static int Year(int twoDigits) => twoDigits < FirstShortYear ? 2000 + twoDigits : 1900 + twoDigits;

    /// <summary>The date in an order; false where it is none.</summary>
    public bool TryDate(DateOrder order, out DateTime date)
    {
        (int year, int month, int day) = Shape == DateShape.Known ? (A, B, C) : order switch
        {
            DateOrder.Dmy => (C, B, A),
            DateOrder.Mdy => (C, A, B),
            _ => ((int)A, (int)B, (int)C),
        };
        if (!HasCentury) year = Year(year);
        bool isYearLast = HasCentury && Shape != DateShape.Known;
        bool isDate = !(isYearLast && order == DateOrder.Ymd) && year is >= 1 and <= 9999 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month);
        date = isDate ? new DateTime(year, month, day) : default;
        return isDate;
    }

    /// <summary>Whether it is a date in some order.</summary>
    public bool IsDate => TryDate(DateOrder.Dmy, out _) || TryDate(DateOrder.Mdy, out _) || TryDate(DateOrder.Ymd, out _);
}
