namespace Graft.Cli.TableFiles;

/// <summary>Reads dates and times as text: ISO 8601 and near it (2024-01-31, 2024-01-31T13:00:00+01:00, 2024/01/31 13:00, 2024-01, 2024-Q1), and 31.01.2024.</summary>
internal static class TimeText
{
    /// <summary>Reads a time.</summary>
    /// <param name="text">The cell.</param>
    /// <param name="clock">What the clock showed.</param>
    /// <param name="offset">How far it was ahead of UTC; null: not said.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTime clock, out TimeSpan? offset)
    {
        text = text.Trim();
        offset = null;
        if (!TryDate(ref text, out clock)) return false;
        if (text.IsEmpty) return true;
        if (text[0] is not ('T' or 't' or ' ')) return false;
        text = text[1..].TrimStart();
        if (!TryClock(ref text, out TimeSpan time)) return false;
        clock += time;
        return TryOffset(text.TrimStart(), out offset);
    }

    private static bool TryDate(ref ReadOnlySpan<char> text, out DateTime date)
    {
        date = default;
        int year, month, day = 1;
        if (Digits(text) == 4 && text.Length >= 7 && text[4] is '-' or '/')
        {
            char mark = text[4];
            year = Number(text[..4]);
            text = text[5..];
            if (text[0] is 'Q' or 'q')
            {
                if (text.Length != 2 || text[1] is < '1' or > '4') return false;
                month = (3 * (text[1] - '1')) + 1;
                text = [];
            }
            else
            {
                if (!Take(ref text, out month)) return false;
                if (!text.IsEmpty && text[0] == mark)
                {
                    text = text[1..];
                    if (!Take(ref text, out day)) return false;
                }
            }
        }
        else
        {
            if (!Take(ref text, out day) || text.Length < 6 || text[0] != '.') return false;
            text = text[1..];
            if (!Take(ref text, out month) || text.Length < 5 || text[0] != '.' || Digits(text[1..]) != 4) return false;
            year = Number(text[1..5]);
            text = text[5..];
        }

        if (year is < 1 or > 9998 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        date = new DateTime(year, month, day);
        return true;
    }

    private static bool TryClock(ref ReadOnlySpan<char> text, out TimeSpan time)
    {
        time = default;
        if (!Take(ref text, out int hour) || hour > 23 || text.Length < 3 || text[0] != ':') return false;
        text = text[1..];
        if (!Take(ref text, out int minute) || minute > 59) return false;
        int second = 0;
        long fraction = 0;
        if (!text.IsEmpty && text[0] == ':')
        {
            text = text[1..];
            if (!Take(ref text, out second) || second > 59) return false;
            if (!text.IsEmpty && text[0] is '.' or ',')
            {
                int digits = Digits(text[1..]);
                if (digits == 0) return false;
                for (int i = 0; i < 7; i++) fraction = (10 * fraction) + (i < digits ? text[1 + i] - '0' : 0);
                text = text[(1 + digits)..];
            }
        }

        time = new TimeSpan(hour, minute, second) + TimeSpan.FromTicks(fraction);
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<char> text, out TimeSpan? offset)
    {
        offset = null;
        if (text.IsEmpty) return true;
        if (text is "Z" or "z" or "UTC")
        {
            offset = TimeSpan.Zero;
            return true;
        }

        if (text[0] is not ('+' or '-') || text.Length < 3 || Digits(text[1..]) is not (2 or 4)) return false;
        bool isBehind = text[0] == '-';
        int hours = Number(text[1..3]), minutes = 0;
        text = text[3..];
        if (!text.IsEmpty)
        {
            if (text[0] == ':') text = text[1..];
            if (text.Length != 2 || Digits(text) != 2) return false;
            minutes = Number(text);
        }

        if (hours > 14 || minutes > 59) return false;
        offset = new TimeSpan(hours, minutes, 0) * (isBehind ? -1 : 1);
        return true;
    }

    // One or two digits.
    private static bool Take(ref ReadOnlySpan<char> text, out int number)
    {
        int digits = Digits(text);
        number = digits is 1 or 2 ? Number(text[..digits]) : -1;
        if (number < 0) return false;
        text = text[digits..];
        return true;
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }

    private static int Number(ReadOnlySpan<char> digits)
    {
        int number = 0;
        foreach (char digit in digits) number = (10 * number) + digit - '0';
        return number;
    }
}
