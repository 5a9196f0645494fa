using Graft.Formats;

namespace Graft.Vision.Lists;

/// <summary>What the cells of a list mean.</summary>
internal static class ListCells
{
    /// <summary>What stands between several labels, or several numbers, of a cell.</summary>
    public const char Apart = ';';

    private const int Longest = 60;

    /// <summary>A number whose decimal mark is known.</summary>
    public static bool TryNumber(string cell, char mark, out double number) => NumberText.TryParse(cell.AsSpan().Trim(), mark, out number) && Math.Abs(number) <= float.MaxValue;

    /// <summary>A number by some decimal mark.</summary>
    public static bool TryNumber(string cell, out double number) => TryNumber(cell, '.', out number) || TryNumber(cell, ',', out number);

    /// <summary>The decimal mark of each column of numbers, by the rule that tables of series are read by.</summary>
    /// <exception cref="GraftException">Marks contradict each other, or tell nothing.</exception>
    public static char[] Marks(string file, IImageList list, int[] columns, char? given)
    {
        if (given is { } mark) return [.. columns.Select(_ => mark)];
        DecimalMarks[] marks = [.. columns.Select(_ => new DecimalMarks())];
        DecimalMarks all = new();
        foreach ((int number, ListCell[] cells) in list.Rows())
        {
            for (int i = 0; i < columns.Length; i++)
            {
                ListCell cell = cells[columns[i]];
                if (cell.IsNumber || !cell.Text.AsSpan().ContainsAny('.', ',')) continue;
                foreach (string text in cell.Numbers.Where(text => TryNumber(text, out _)))
                {
                    marks[i].Add(text, number);
                    all.Add(text, number);
                }
            }
        }

        return [.. marks.Select((own, i) => own.Decide($"'{file}', column '{Short(list.Columns[columns[i]])}'", all))];
    }

    /// <summary>A text as it is quoted in messages.</summary>
    public static string Short(string text) => text.Length > Longest ? text[..Longest] + "..." : text;

    /// <summary>A label that looks like several, apart by commas, and one of these; null where there is none: where a part is a label by itself, or all parts occur in other labels.</summary>
    public static (string Name, string Part)? Several(IReadOnlyCollection<string> labels)
    {
        HashSet<string> known = new(labels, StringComparer.Ordinal);
        (string Name, string[] Parts)[] joined = [.. labels.Where(label => label.Contains(',')).Select(label => (label, label.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))];
        Dictionary<string, int> counts = joined.SelectMany(label => label.Parts.Distinct()).CountBy(part => part, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        foreach ((string name, string[] parts) in joined.Where(label => label.Parts.Length > 1))
        {
            if (Array.Find(parts, known.Contains) is { } alone) return (name, alone);
            if (parts.All(part => counts[part] > 1)) return (name, parts[0]);
        }

        return null;
    }
}
