using System.Globalization;

namespace Graft.Cli.TableFiles;

/// <summary>What the text of a cell says.</summary>
internal static class Cell
{
    private static readonly string[] MissingWords = ["NA", "N/A", "#N/A", "NaN", "null", "none", "-", "--", "?"];

    /// <summary>Whether a cell says that there is no value.</summary>
    public static bool IsMissing(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        if (text.IsEmpty) return true;
        if (char.IsAsciiDigit(text[0])) return false;
        foreach (string word in MissingWords)
        {
            if (text.Equals(word, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    /// <summary>Reads a finite number; a comma is its decimal mark where it has no point.</summary>
    /// <param name="text">The cell.</param>
    /// <param name="number">The number.</param>
    /// <param name="mark">The decimal mark it has: '.', ',' or none, '\0'.</param>
    public static bool TryNumber(ReadOnlySpan<char> text, out double number, out char mark)
    {
        text = text.Trim();
        int comma = text.IndexOf(',');
        mark = comma >= 0 ? ',' : text.Contains('.') ? '.' : '\0';
        if (comma < 0) return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

        number = 0;
        Span<char> plain = stackalloc char[64];
        if (text.Length > plain.Length || text.Contains('.')) return false;
        text.CopyTo(plain);
        plain[comma] = '.';
        return double.TryParse(plain[..text.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
    }
}
