using System.Globalization;

namespace Graft.Vision.Lists;

/// <summary>What the cells of a list mean.</summary>
internal static class ListCells
{
    /// <summary>What stands between several labels, or several numbers, of a cell.</summary>
    public const char Apart = ';';

    /// <summary>A number with a decimal point; with a decimal comma where no point is in it.</summary>
    public static bool TryNumber(string cell, out double number)
    {
        string text = cell.Count(c => c == ',') == 1 && !cell.Contains('.') ? cell.Replace(',', '.') : cell;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && Math.Abs(number) <= float.MaxValue;
    }

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

    /// <summary>The labels of a cell, each once.</summary>
    public static string[] Labels(string cell) => [.. cell.Split(Apart, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
}
