using System.Globalization;
using Graft.Cli.TableFiles.Numbers;
using Graft.Cli.TableFiles.Times;
using Graft.Formats;

namespace Graft.Cli.TableFiles.Files;

/// <summary>Judges by its first values what a column holds, in the same way for every kind of file. Its name counts only where the values alone could be anything: parts of times, days that a spreadsheet counts.</summary>
internal static class ColumnJudge
{
    /// <summary>So many rows are looked at.</summary>
    public const int Rows = 200;

    // A time that more rows lack is not that of the rows.
    private const double MostMissing = 0.1;

    /// <summary>Judges texts. One bad cell does not make a column of words: reading it will tell where the cell is.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="cells">Its first cells.</param>
    public static ColumnInfo Texts(string name, IEnumerable<string?> cells)
    {
        string?[] all = [.. cells];
        string[] known = Known(all);
        bool Most(Func<string, bool> holds) => 2 * known.Count(holds) > known.Length;
        if (known.Length == 0) return new(name, ColumnKind.Number);
        ColumnInfo Of(ColumnKind kind, CountedUnit? unit = null) => new(name, kind, unit) { Sample = known[0], Part = TimeParts.Of(name, known) };

        // Of a column of months not each year's is the next month's.
        if (known.Length > 1 && known.Distinct().Count() > 1 && known.All(cell => CountedTime.TrySplitYear(cell, out _))) return Times(name, all, CountedUnit.SplitYears);
        if (Most(cell => TimeText.TryParse(cell, out TimeCell _))) return Times(name, all);
        if (Most(cell => NumberText.IsNumber(cell)))
        {
            List<decimal> numbers = [];
            foreach (string cell in known)
            {
                if (decimal.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)) numbers.Add(number);
            }

            // A line below the table is no number of it.
            CountedUnit? unit = numbers.Count < known.Length - 1 ? null : CountedTime.Find(numbers) ?? (TimeWords.IsDayName(name) && CountedTime.AreSpreadsheetDays(numbers) ? CountedUnit.SpreadsheetDays : null);
            return Of(unit is null ? ColumnKind.Number : ColumnKind.CountedTime, unit);
        }

        if (Most(cell => Cell.TryFlag(cell, out _))) return Of(ColumnKind.Flag);
        return Of(Most(cell => TimeWords.IsPartial(cell)) ? ColumnKind.PartialTime : Most(cell => TimeText.Resembles(cell)) ? ColumnKind.UnreadTime : ColumnKind.Text);
    }

    /// <summary>Judges whether times may be those of the rows.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="cells">Its first cells.</param>
    /// <param name="unit">What its numbers count, if that is not for each cell to tell.</param>
    public static ColumnInfo Times(string name, IReadOnlyCollection<string?> cells, CountedUnit? unit = null)
    {
        string[] known = Known(cells);
        int distinct = known.Distinct().Count();
        string? doubt = known.Length < cells.Count * (1 - MostMissing) ? "has no time in many rows" : known.Length < 2 || 2 * distinct > known.Length ? null : distinct == 1 ? "has the same time in all rows" : "has the same times again and again";
        return new(name, ColumnKind.Time, unit) { Doubt = doubt };
    }

    private static string[] Known(IEnumerable<string?> cells) => [.. cells.Where(cell => !Cell.IsMissing(cell)).Select(cell => cell!.Trim())];
}
