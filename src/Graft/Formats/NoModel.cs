using System.Text.Unicode;

namespace Graft.Formats;

/// <summary>What is said of a file that was given for a model and is none.</summary>
internal static class NoModel
{
    /// <summary>So many of the first bytes tell what a file is.</summary>
    public const int HeadLength = 512;

    /// <summary>The error: that it is no model, what it seems to be, and what is expected.</summary>
    /// <param name="file">The file, as the user named it.</param>
    /// <param name="start">Its first bytes, <see cref="HeadLength"/> of them where there are so many.</param>
    /// <param name="expected">What should have been given.</param>
    public static WeightFileException Of(string file, ReadOnlySpan<byte> start, string expected) => new(
        file, start.IsEmpty ? $"the file is empty. Expected is {expected}." : $"it is no model{(Kind(start) is { } kind ? $", it seems to be {kind}" : "")}. Expected is {expected}.");

    /// <summary>Makes sure that a file is of no other kind that is known: what reads it next knows its own kind alone.</summary>
    /// <exception cref="WeightFileException">It seems to be something else.</exception>
    public static void Refuse(string file, string expected)
    {
        byte[] start = new byte[HeadLength];
        int length;
        using (FileStream stream = File.OpenRead(file)) length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (length == 0 || Kind(start.AsSpan(0, length)) is not null) throw Of(file, start.AsSpan(0, length), expected);
    }

    /// <summary>What a file seems to be; null where nothing tells.</summary>
    private static string? Kind(ReadOnlySpan<byte> start)
    {
        if (FileSignature.Of(start) is { } known) return known.Name;
        return !IsText(start) ? null : IsTable(start) ? "a table as text, such as CSV" : "text";
    }

    // Its first two rows have as many cells.
    private static bool IsTable(ReadOnlySpan<byte> text)
    {
        int first = text.IndexOf((byte)'\n');
        if (first < 0) return false;
        ReadOnlySpan<byte> next = text[(first + 1)..];
        int second = next.IndexOf((byte)'\n');
        if (second >= 0) next = next[..second];
        foreach (byte separator in ",;\t"u8)
        {
            if (text[..first].Count(separator) is > 0 and var cells && next.Count(separator) == cells) return true;
        }

        return false;
    }

    private static bool IsText(ReadOnlySpan<byte> start)
    {
        foreach (byte b in start)
        {
            if (b < ' ' && b is not ((byte)'\t' or (byte)'\r' or (byte)'\n')) return false;
        }

        // The last letter may be cut off.
        for (int cut = 0; cut < 4 && cut < start.Length; cut++)
        {
            if (Utf8.IsValid(start[..^cut])) return true;
        }

        return false;
    }
}
