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

    /// <summary>The labels of a cell, each once.</summary>
    public static string[] Labels(string cell) => [.. cell.Split(Apart, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
}
