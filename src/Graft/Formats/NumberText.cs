using System.Globalization;

namespace Graft.Formats;

/// <summary>A number as text, what stands round it taken off: a currency sign, a percent sign, the brackets of a negative amount.</summary>
/// <param name="IsNegative">Whether brackets stood round it.</param>
/// <param name="Currency">The sign or code of its currency; null: none.</param>
/// <param name="IsPercent">Whether it is in percent.</param>
internal readonly record struct NumberText(bool IsNegative, string? Currency, bool IsPercent)
{
    private const int Longest = 512;

    private static readonly string[] Codes = ["USD", "EUR", "GBP", "JPY", "CHF", "CNY", "INR", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "BRL", "MXN", "ZAR", "KRW", "TRY", "RUB", "SGD", "HKD"];

    /// <summary>Takes off what stands round a number.</summary>
    public static bool TryBare(ReadOnlySpan<char> text, out ReadOnlySpan<char> bare, out NumberText round)
    {
        bare = text.Trim();
        round = default;
        if (bare.IsEmpty || bare.Length > Longest) return false;

        // Most numbers have nothing round them.
        if (char.IsAsciiDigit(bare[^1]) && (char.IsAsciiDigit(bare[0]) || (bare[0] is '-' or '+' or '.' && bare.Length > 1 && (char.IsAsciiDigit(bare[1]) || bare[1] == '.')))) return true;
        bool isBracketed = bare[0] == '(' && bare[^1] == ')';
        if (isBracketed) bare = bare[1..^1].Trim();
        bool isPercent = bare.EndsWith("%");
        if (isPercent) bare = bare[..^1].TrimEnd();
        ReadOnlySpan<char> sign = bare.StartsWith("-") || bare.StartsWith("\u2212") ? "-" : [];
        if (!sign.IsEmpty) bare = bare[1..].TrimStart();
        if (TakeCurrency(ref bare, fromStart: true, out string? currency) || TakeCurrency(ref bare, fromStart: false, out currency)) bare = bare.Trim();
        if (sign.IsEmpty && currency is not null && bare.StartsWith("-"))
        {
            sign = "-";
            bare = bare[1..];
        }

        if (bare.IsEmpty || (isBracketed && !sign.IsEmpty)) return false;
        if (!sign.IsEmpty && !(char.IsAsciiDigit(bare[0]) || bare[0] is '.' or ',')) return false;
        round = new(isBracketed || !sign.IsEmpty, currency, isPercent);
        return true;
    }

    /// <summary>Reads a bare number whose decimal mark is known: the other mark, spaces and apostrophes may stand between thousands.</summary>
    public static bool TryParse(ReadOnlySpan<char> bare, char decimalMark, out double number)
    {
        number = 0;
        if (bare.Length > Longest) return false;
        char group = '\0';
        int before = 0, sinceGroup = -1, length = 0;
        bool hasMark = false;
        Span<char> plain = stackalloc char[Longest];
        for (int i = 0; i < bare.Length; i++)
        {
            char c = bare[i];
            if (c == decimalMark)
            {
                if (hasMark || sinceGroup is >= 0 and not 3) return false;
                (hasMark, sinceGroup) = (true, -1);
                plain[length++] = '.';
                continue;
            }

            if (c is '.' or ',' or ' ' or '\'' or '\u2019' or '\u00A0' or '\u202F' or '\u2009')
            {
                // Groups of three, or of two before the last one, as India writes them.
                if (hasMark || before == 0 || (sinceGroup < 0 ? before > 3 : sinceGroup is not (2 or 3)) || (group != '\0' && c != group)) return false;
                (group, sinceGroup) = (c, 0);
                continue;
            }

            if (char.IsAsciiDigit(c))
            {
                if (sinceGroup >= 0) sinceGroup++;
                else if (!hasMark) before++;
            }
            else if (!(c is 'e' or 'E' || (c is '-' or '+' && (i == 0 || bare[i - 1] is 'e' or 'E'))))
            {
                return false;
            }
            else if (c is 'e' or 'E')
            {
                if (sinceGroup is >= 0 and not 3) return false;
                (hasMark, sinceGroup) = (true, -1);
            }

            plain[length++] = c;
        }

        return sinceGroup is < 0 or 3 && double.TryParse(plain[..length], NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
    }

    /// <summary>Whether a cell is a number by some decimal mark.</summary>
    public static bool IsNumber(ReadOnlySpan<char> text) => TryBare(text, out ReadOnlySpan<char> bare, out _) && (TryParse(bare, '.', out _) || TryParse(bare, ',', out _));

    private static bool TakeCurrency(ref ReadOnlySpan<char> text, bool fromStart, out string? currency)
    {
        currency = null;
        if (text.IsEmpty) return false;
        char end = fromStart ? text[0] : text[^1];
        if (char.GetUnicodeCategory(end) == UnicodeCategory.CurrencySymbol)
        {
            currency = string.Intern(end.ToString());
            text = fromStart ? text[1..] : text[..^1];
            return true;
        }

        if (text.Length < 4 || !char.IsAsciiLetterUpper(end)) return false;
        ReadOnlySpan<char> code = fromStart ? text[..3] : text[^3..];
        foreach (string known in Codes)
        {
            if (!code.SequenceEqual(known)) continue;
            currency = known;
            text = fromStart ? text[3..] : text[..^3];
            return true;
        }

        return false;
    }
}
