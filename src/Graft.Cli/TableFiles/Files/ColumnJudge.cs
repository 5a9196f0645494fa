using System.Globalization;
using Graft.Cli.TableFiles.Numbers;
using Graft.Cli.TableFiles.Times;

namespace Graft.Cli.TableFiles.Files;

/// <summary>Judges by its first values what a column holds, in the same way for every kind of file; its name tells nothing.</summary>
internal static class ColumnJudge
{
    /// <summary>So many rows are looked at.</summary>
    public const int Rows = 200;

    /// <summary>Judges texts. One bad cell does not make a column of words: reading it will tell where the cell is.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="cells">Its first cells.</param>
    public static ColumnInfo Texts(string name, IEnumerable<string?> cells)
    {
        string[] known = [.. cells.Where(cell => !Cell.IsMissing(cell)).Select(cell => cell!.Trim())];
        bool Most(Func<string, bool> holds) => 2 * known.Count(holds) > known.Length;
        if (known.Length == 0) return new(name, ColumnKind.Number);
        if (Most(cell => TimeText.TryParse(cell, out TimeCell _))) return new(name, ColumnKind.Time);
        if (Most(cell => NumberText.IsNumber(cell)))
        {
            List<decimal> numbers = [];
            foreach (string cell in known)
            {
                if (decimal.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)) numbers.Add(number);
            }

            // A line below the table is no number of it.
            return numbers.Count >= known.Length - 1 ? Numbers(name, numbers) : new(name, ColumnKind.Number);
        }

        if (Most(cell => Cell.TryFlag(cell, out _))) return new(name, ColumnKind.Flag);
        return new(name, Most(cell => TimeText.Resembles(cell)) ? ColumnKind.UnreadTime : ColumnKind.Text);
    }

    /// <summary>Judges whole numbers.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="numbers">Its first values.</param>
    public static ColumnInfo Numbers(string name, IReadOnlyList<decimal> numbers) =>
        CountedTime.Find(numbers) is { } unit ? new(name, ColumnKind.CountedTime, unit) : new(name, ColumnKind.Number);
}
