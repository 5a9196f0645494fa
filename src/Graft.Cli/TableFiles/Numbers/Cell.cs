namespace Graft.Cli.TableFiles.Numbers;

/// <summary>What the text of a cell says, where that needs no other cells.</summary>
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

    /// <summary>Whether a cell says true or false, yes or no.</summary>
    public static bool TryFlag(ReadOnlySpan<char> text, out bool flag)
    {
        text = text.Trim();
        flag = text.Equals("true", StringComparison.OrdinalIgnoreCase) || text.Equals("yes", StringComparison.OrdinalIgnoreCase);
        return flag || text.Equals("false", StringComparison.OrdinalIgnoreCase) || text.Equals("no", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A cell as messages quote it.</summary>
    public static string Quoted(ReadOnlySpan<char> text) => text.Length <= 40 ? $"\"{text}\"" : $"\"{text[..40]}...\"";
}
