using System.Globalization;
using System.Text;

namespace Graft.Cli.TableFiles.Times;

/// <summary>A part of a time that has a column of its own.</summary>
internal enum TimePart
{
    /// <summary>2024.</summary>
    Year,

    /// <summary>1 to 12, or Jan.</summary>
    Month,

    /// <summary>1 to 4, or Q1.</summary>
    Quarter,

    /// <summary>1 to 53, or W05, the weeks of ISO 8601.</summary>
    Week,

    /// <summary>1 to 31.</summary>
    Day,

    /// <summary>0 to 24.</summary>
    Hour,

    /// <summary>0 to 59.</summary>
    Minute,
}

/// <summary>Times whose parts stand in columns of their own. Here the name of a column counts, beside its values: a 7 is no month unless something says so.</summary>
internal static class TimeParts
{
    // A bad cell or a line below the table does not make another column.
    private const double LeastFitting = 0.9;

    private static readonly Dictionary<string, TimePart> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["year"] = TimePart.Year,
        ["yr"] = TimePart.Year,
        ["month"] = TimePart.Month,
        ["quarter"] = TimePart.Quarter,
        ["qtr"] = TimePart.Quarter,
        ["week"] = TimePart.Week,
        ["day"] = TimePart.Day,
        ["hour"] = TimePart.Hour,
        ["hr"] = TimePart.Hour,
        ["minute"] = TimePart.Minute,
    };

    // Parts that tell a time together, the most first.
    private static readonly TimePart[][] Sets =
    [
        [TimePart.Year, TimePart.Month, TimePart.Day, TimePart.Hour, TimePart.Minute],
        [TimePart.Year, TimePart.Month, TimePart.Day, TimePart.Hour],
        [TimePart.Year, TimePart.Month, TimePart.Day],
        [TimePart.Year, TimePart.Month],
        [TimePart.Year, TimePart.Quarter],
        [TimePart.Year, TimePart.Week],
    ];

    /// <summary>The part that a column has by its name and its first values; null: none.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="known">Its first values, none of them missing.</param>
    public static TimePart? Of(string name, IReadOnlyCollection<string> known) =>
        Names.TryGetValue(name.Trim(), out TimePart part) && known.Count > 0 && known.Count(cell => Fits(part, cell)) >= LeastFitting * known.Count ? part : null;

    /// <summary>The columns that tell a time together, from the year on; none, where they do not.</summary>
    /// <param name="parts">The part that each column has.</param>
    public static int[] Together(IReadOnlyList<TimePart?> parts)
    {
        foreach (TimePart[] set in Sets)
        {
            int[][] places = [.. set.Select(part => Enumerable.Range(0, parts.Count).Where(i => parts[i] == part).ToArray())];
            if (places.All(place => place.Length == 1)) return [.. places.Select(place => place[0])];
        }

        return [];
    }

    /// <summary>One text of the cells of a row, from the year on: 2024-01-31 13:00, 2024-Q1.</summary>
    /// <param name="parts">Their parts.</param>
    /// <param name="cells">The cells.</param>
    public static string Join(IReadOnlyList<TimePart> parts, IReadOnlyList<string> cells)
    {
        if (cells.All(cell => cell.Length == 0)) return "";
        StringBuilder text = new(cells[0]);
        for (int i = 1; i < cells.Count; i++)
        {
            string cell = cells[i];
            text.Append(parts[i] switch
            {
                TimePart.Quarter => $"-{(cell.StartsWith('Q') || cell.StartsWith('q') ? "" : "Q")}{cell}",
                TimePart.Week => $"-W{cell.TrimStart('W', 'w').PadLeft(2, '0')}",
                TimePart.Hour => $" {cell}{(parts.Contains(TimePart.Minute) ? "" : ":00")}",
                TimePart.Minute => $":{cell.PadLeft(2, '0')}",
                _ => $"-{cell}",
            });
        }

        return text.ToString();
    }

    private static bool Fits(TimePart part, string cell) => part switch
    {
        TimePart.Year => IsWithin(cell, 1000, 2999),
        TimePart.Month => IsWithin(cell, 1, 12) || DateText.IsMonth(cell),
        TimePart.Quarter => IsWithin(cell.TrimStart('Q', 'q'), 1, 4),
        TimePart.Week => IsWithin(cell.TrimStart('W', 'w'), 1, 53),
        TimePart.Day => IsWithin(cell, 1, 31),
        TimePart.Hour => IsWithin(cell, 0, 24),
        _ => IsWithin(cell, 0, 59),
    };

    private static bool IsWithin(string cell, int least, int most) => int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most;
}
