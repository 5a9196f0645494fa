using System.Globalization;
using System.Text;

namespace Graft.Formats;

/// <summary>How a text file writes a table: its encoding and what separates its cells.</summary>
/// <param name="Encoding">The encoding, where no byte order mark says another.</param>
/// <param name="Separator">Comma, semicolon, tab or bar.</param>
/// <param name="SaysSeparator">Whether the first line is only "sep=;" or the like, which spreadsheets write.</param>
internal sealed record CsvDialect(Encoding Encoding, char Separator, bool SaysSeparator)
{
    /// <summary>What may stand between cells.</summary>
    public const string Known = "Cells are read that stand apart by commas, semicolons, tabs or '|'.";

    /// <summary>So many bytes show how a file is written.</summary>
    public const int Looked = 1 << 16;

    private const int LookedRows = 50;

    // A comma may also be a decimal mark: it comes last.
    private const string Separators = ";\t|,";

    /// <summary>Looks at the beginning of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="row">What a row of it is, in a word.</param>
    /// <param name="isOneCell">Whether a line with spaces is one cell all the same, such as a day and its clock; null where spaces never stand between cells.</param>
    /// <param name="isKey">Whether a cell is the one that each row has, such as the file of an image: what separates it in most rows separates. Rows that begin with # are then rows, too. Null where no cell tells.</param>
    /// <exception cref="GraftException">It is empty or not text.</exception>
    public static CsvDialect Detect(string path, string row, Predicate<string>? isOneCell = null, Predicate<string>? isKey = null)
    {
        byte[] bytes = new byte[Looked];
        using FileStream file = File.OpenRead(path);
        return Detect(path, bytes.AsSpan(0, file.ReadAtLeast(bytes, Looked, throwOnEndOfStream: false)), row, isOneCell, isKey);
    }

    /// <summary>The same of a content's beginning.</summary>
    /// <param name="path">What the content is called.</param>
    /// <param name="bytes">Its beginning: <see cref="Looked"/> bytes, or all.</param>
    /// <param name="row">What a row of it is, in a word.</param>
    /// <param name="isOneCell">Whether a line with spaces is one cell all the same.</param>
    /// <param name="isKey">Whether a cell is the one that each row has.</param>
    public static CsvDialect Detect(string path, ReadOnlySpan<byte> bytes, string row, Predicate<string>? isOneCell = null, Predicate<string>? isKey = null)
    {
        if (bytes.Length == 0) throw new GraftException($"'{Path.GetFileName(path)}' is empty. A table has a row for each {row}, and most have a first row of names.");
        if (FileSignature.Of(bytes) is { } kind) throw new GraftException($"'{Path.GetFileName(path)}' is {kind.Name}. {kind.Remedy}.");
        Encoding encoding = Wide(bytes) ?? (IsUtf8(bytes) ? new UTF8Encoding() : Encoding.Latin1);
        using StreamReader reader = new(new MemoryStream(bytes.ToArray()), encoding);
        string text = reader.ReadToEnd();
        if (text.IndexOf('\0') is >= 0 and var zero)
        {
            // Few control characters: a text with a fault, not a file of another kind.
            bool isText = text.Count(c => char.IsControl(c) && c is not ('\0' or '\n' or '\r' or '\t')) <= text.Length / 100;
            throw new GraftException(isText && text.Contains('\n')
                ? $"'{Path.GetFileName(path)}', row {1 + text.AsSpan(0, zero).Count('\n')}: there is a zero byte, which text does not have. Write the file anew, without it."
                : $"'{Path.GetFileName(path)}' is neither text nor Parquet. Save the sheet or table as CSV.");
        }

        List<string> lines = [.. Rows(text, bytes.Length == Looked).Where(line => !string.IsNullOrWhiteSpace(line) && (isKey is not null || line[0] != '#'))];
        if (lines.Count > 0 && lines[0].Length == 5 && lines[0].StartsWith("sep=", StringComparison.OrdinalIgnoreCase)) return new(encoding, lines[0][4], true);
        lines = [.. lines.Take(LookedRows)];
        if (Separates(lines, Telling(lines, isKey), isOneCell) is { } separator) return new(encoding, separator, false);
        throw new GraftException(string.Create(CultureInfo.InvariantCulture, $"'{Path.GetFileName(path)}' has {Words(lines[0])} words in each row, apart by spaces only. {Known} Replace the spaces by one of them."));
    }

    /// <summary>The rows at the beginning of a text: a line's end in a quoted cell ends none. Where a quote stays open, lines are rows.</summary>
    private static List<string> Rows(string text, bool isCut)
    {
        List<string> rows = [];
        int start = 0;
        bool isQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' && !isQuoted)
            {
                rows.Add(text[start..i].TrimEnd('\r'));
                start = i + 1;
            }
            else if (text[i] == '"')
            {
                // Two quotes in a quoted cell are one of its text: closed and opened at once.
                isQuoted = !isQuoted && (i == start || text[i - 1] == '"' || Separators.Contains(text[i - 1]));
            }
        }

        // The last row is cut off where the file is longer.
        if (isCut && rows.Count > 0) return rows;
        if (isQuoted && !isCut) return [.. text.Split('\n').Select(line => line.TrimEnd('\r'))];
        rows.Add(text[start..].TrimEnd('\r'));
        return rows;
    }

    /// <summary>The separators that set the telling cell of most rows apart; all of them where none does.</summary>
    private static string Telling(List<string> lines, Predicate<string>? isKey)
    {
        if (isKey is null) return Separators;
        int[] counts = [.. Separators.Select(separator => lines.Count(line => Cells(line, separator).Any(cell => IsKey(cell, isKey))))];
        return counts.Max() == 0 ? Separators : string.Concat(Separators.Where((_, i) => counts[i] == counts.Max()));
    }

    // A cell that still has another separator in it was cut at the wrong one, unless it is quoted.
    private static bool IsKey(string cell, Predicate<string> isKey) => cell is ['"', .., '"']
        ? isKey(cell[1..^1].Replace("\"\"", "\""))
        : !cell.AsSpan().ContainsAny(Separators) && isKey(cell);

    // Null: only spaces separate.
    private static char? Separates(List<string> lines, string separators, Predicate<string>? isOneCell)
    {
        (char Separator, int Least, int Most)[] candidates = [.. separators.Select(separator =>
        {
            int[] counts = [.. lines.Select(line => Cells(line, separator).Count - 1)];
            return (separator, counts.DefaultIfEmpty().Min(), counts.DefaultIfEmpty().Max());
        })];
        foreach ((char separator, int least, int most) in candidates)
        {
            if (least > 0 && least == most) return separator;
        }

        (char best, int count, _) = candidates.MaxBy(candidate => candidate.Least);
        if (count == 0 && isOneCell is not null && AreApartBySpaces(lines, isOneCell)) return null;
        return count > 0 ? best : candidates.MaxBy(candidate => candidate.Most) is (char some, _, > 0) ? some : ',';
    }

    // As many words in each line, names among them. In one column, spaces stand between thousands or before a clock: its name is one word. Without names a line of two words may be a day and its
    // clock, or thousands.
    private static bool AreApartBySpaces(List<string> lines, Predicate<string> isOneCell) =>
        lines.Count > 1 && Words(lines[0]) > 1 && lines.All(line => Words(line) == Words(lines[0])) && !lines.TrueForAll(isOneCell);

    private static int Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;

    private static List<string> Cells(string line, char separator)
    {
        List<string> cells = [];
        int start = 0;
        bool isQuoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '"') isQuoted = !isQuoted;
            if (line[i] != separator || isQuoted) continue;
            cells.Add(line[start..i].Trim());
            start = i + 1;
        }

        cells.Add(line[start..].Trim());
        return cells;
    }

    // UTF-16 without a byte order mark: every other byte is zero.
    private static UnicodeEncoding? Wide(ReadOnlySpan<byte> bytes)
    {
        int even = 0, odd = 0;
        for (int i = 0; i + 1 < bytes.Length; i += 2)
        {
            if (bytes[i] == 0) even++;
            if (bytes[i + 1] == 0) odd++;
        }

        int most = bytes.Length / 4;
        return odd > most && even == 0 ? new UnicodeEncoding(bigEndian: false, byteOrderMark: true) : even > most && odd == 0 ? new UnicodeEncoding(bigEndian: true, byteOrderMark: true) : null;
    }

    private static bool IsUtf8(ReadOnlySpan<byte> bytes)
    {
        // A letter may be cut at the end of what was looked at.
        for (int cut = 0; cut < 4 && cut <= bytes.Length; cut++)
        {
            if (System.Text.Unicode.Utf8.IsValid(bytes[..^cut])) return true;
            if (bytes.Length < Looked) return bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..];
        }

        return false;
    }
}
