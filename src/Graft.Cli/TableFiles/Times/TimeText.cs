namespace Graft.Cli.TableFiles.Times;

/// <summary>Reads dates and times as text: a date as <see cref="DateText"/> knows them, then perhaps a clock, AM or PM, and an offset from UTC or the name of a time zone.</summary>
internal static class TimeText
{
    /// <summary>Reads a time.</summary>
    /// <returns>False where it is none in any order of its numbers.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeCell cell)
    {
        cell = default;
        text = text.Trim();
        if (!DateText.TryTake(ref text, out DateParts date, out TimeForm form)) return false;
        cell = new(date, default, form);
        if (text.IsEmpty) return true;
        bool isIso = text[0] is 'T' or 't';
        if (form != TimeForm.Date || !(isIso || text[0] is ' ' or ',' or '\u00A0' or '\u202F')) return false;
        text = text[1..].TrimStart();
        if (!TryClock(ref text, isIso, out TimeSpan clock)) return false;
        cell = new(date, clock, TimeForm.Clock);
        return TryZone(text.TrimStart(), ref cell);
    }

    /// <summary>Reads a time that <see cref="SeriesTime"/> has written.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTime clock, out TimeCell cell)
    {
        clock = default;
        if (DateText.Digits(text) == 4 && text.Length == 4) cell = new(DateParts.Of(DateText.Number(text), 1, 1), default, TimeForm.Year);
        else if (!TryParse(text, out cell)) return false;
        return cell.Zone is null && cell.TryTime(DateOrder.Ymd, out clock);
    }

    /// <summary>Whether a text that is no time seems to be meant as one: it has a clock, a year and another number, or a day and a month.</summary>
    public static bool Resembles(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        if (text.Length is 0 or > 40 || !(char.IsAsciiDigit(text[0]) || DateText.BeginsWithName(text))) return false;
        int numbers = 0, letters = 0;
        bool hasYear = false, hasClock = false;
        for (int i = 0; i < text.Length;)
        {
            int digits = DateText.Digits(text[i..]);
            if (digits == 0)
            {
                if (char.IsLetter(text[i])) letters++;
                i++;
                continue;
            }

            numbers++;
            hasYear |= digits == 4 && DateText.Number(text.Slice(i, 4)) is >= 1800 and < 2200;
            ReadOnlySpan<char> rest = text[(i + digits)..];
            hasClock |= digits <= 2 && DateText.Number(text.Slice(i, digits)) <= 24 && rest.Length >= 3 && rest[0] == ':' && DateText.Digits(rest[1..]) == 2 && rest[1] < '6';
            i += digits;
        }

        return letters <= 12 && ((numbers >= 2 && (hasYear || hasClock)) || (numbers == 1 && DateText.IsDayOfMonth(text)));
    }

    private static bool TryClock(ref ReadOnlySpan<char> text, bool isIso, out TimeSpan time)
    {
        time = default;
        int hour, minute = 0, second = 0;
        long fraction = 0;
        int digits = DateText.Digits(text);
        if (isIso && digits is 4 or 6)
        {
            (hour, minute, second) = (DateText.Number(text[..2]), DateText.Number(text[2..4]), digits == 6 ? DateText.Number(text[4..6]) : 0);
            text = text[digits..];
        }
        else
        {
            if (!DateText.Take(ref text, out hour)) return false;
            bool hasMinutes = !text.IsEmpty && text[0] == ':';
            if (hasMinutes)
            {
                text = text[1..];
                if (!DateText.Take(ref text, out minute)) return false;
                if (!text.IsEmpty && text[0] == ':')
                {
                    text = text[1..];
                    if (!DateText.Take(ref text, out second)) return false;
                }
            }
            else if (!isIso && Half(text) < 0)
            {
                return false;
            }
        }

        if (!text.IsEmpty && text[0] is '.' or ',' && DateText.Digits(text[1..]) is > 0 and var places)
        {
            for (int i = 0; i < 7; i++) fraction = (10 * fraction) + (i < places ? text[1 + i] - '0' : 0);
            text = text[(1 + places)..];
        }

        if (Half(text) is >= 0 and var half)
        {
            if (hour is < 1 or > 12) return false;
            hour = (hour % 12) + (12 * half);
            text = text.TrimStart();
            text = text[(text[1] == '.' ? 4 : 2)..];
        }

        if (minute > 59 || second > 59 || hour > 24 || (hour == 24 && (minute > 0 || second > 0 || fraction > 0))) return false;
        time = new TimeSpan(hour, minute, second) + TimeSpan.FromTicks(fraction);
        return true;
    }

    // 0: before noon, 1: after it, -1: the day has 24 hours.
    private static int Half(ReadOnlySpan<char> text)
    {
        text = text.TrimStart();
        foreach (string word in (ReadOnlySpan<string>)["am", "pm", "a.m.", "p.m."])
        {
            if (text.StartsWith(word, StringComparison.OrdinalIgnoreCase) && (text.Length == word.Length || !char.IsLetterOrDigit(text[word.Length]))) return word[0] == 'p' ? 1 : 0;
        }

        return -1;
    }

    private static bool TryZone(ReadOnlySpan<char> text, ref TimeCell cell)
    {
        if (text.IsEmpty) return true;
        bool hasUtc = text.Length > 3 && (text.StartsWith("UTC", StringComparison.OrdinalIgnoreCase) || text.StartsWith("GMT", StringComparison.OrdinalIgnoreCase)) && text[3] is '+' or '-';
        if (hasUtc) text = text[3..];
        if (text[0] is '+' or '-')
        {
            bool isBehind = text[0] == '-';
            text = text[1..];
            int digits = DateText.Digits(text);
            if (digits == 0 || digits == 3 || digits > 4) return false;
            int hours = DateText.Number(text[..Math.Min(2, digits)]), minutes = digits == 4 ? DateText.Number(text[2..4]) : 0;
            text = text[digits..];
            if (digits <= 2 && text is [':', ..])
            {
                text = text[1..];
                if (DateText.Digits(text) != 2) return false;
                minutes = DateText.Number(text[..2]);
                text = text[2..];
            }

            // Java adds the region to the offset.
            if (!text.IsEmpty && !(text[0] == '[' && text[^1] == ']')) return false;
            if (hours > 14 || minutes > 59) return false;
            cell = cell with { Offset = new TimeSpan(hours, minutes, 0) * (isBehind ? -1 : 1) };
            return true;
        }

        if (text[0] == '(' && text[^1] == ')' && text.Length > 2) text = text[1..^1];
        if (text.Length > 40 || text.ContainsAnyExcept(ZoneNames.Letters)) return false;
        string zone = ZoneNames.Shared(text);
        cell = zone == "Z" ? cell with { Offset = TimeSpan.Zero } : cell with { Zone = zone };
        return true;
    }
}
