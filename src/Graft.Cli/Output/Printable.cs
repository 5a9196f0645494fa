using System.Globalization;
using System.Text;

namespace Graft.Cli.Output;

/// <summary>Text as a terminal may have it: what a file, a column or a class is called must neither control the terminal, nor break a line, nor turn its reading direction.</summary>
internal static class Printable
{
    private const string Continued = "\n  ";
    private const int LongestName = 300;

    /// <summary>The text with such characters written out, for example <c>\n</c> and <c>\u202E</c>.</summary>
    public static string Text(string text)
    {
        if (!text.Any(IsHarmful)) return text;
        StringBuilder safe = new(text.Length + 16);
        foreach (char c in text)
        {
            if (!IsHarmful(c)) safe.Append(c);
            else if (c == '\n') safe.Append(@"\n");
            else if (c == '\r') safe.Append(@"\r");
            else if (c == '\t') safe.Append(@"\t");
            else safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
        }

        return safe.ToString();
    }

    /// <summary>The same for text whose lines are a list: a line break stays where the next line is indented, so that no name can begin a line.</summary>
    public static string Lines(string text) => string.Join(Continued, text.Replace("\r\n", "\n").Split(Continued).Select(Text));

    /// <summary>A name as it is shown among others: the beginning of a very long one.</summary>
    public static string Name(string name)
    {
        if (name.Length <= LongestName) return name;
        int end = char.IsHighSurrogate(name[LongestName - 1]) ? LongestName - 1 : LongestName;
        return $"{name[..end]}...";
    }

    // Of the formatting characters, those that join letters and emoji are a part of names.
    private static bool IsHarmful(char c) => char.IsControl(c)
        || c is '\u061C' or '\u200B' or '\u200E' or '\u200F' or '\u2028' or '\u2029' or '\uFEFF' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
