using Graft.Formats;

namespace Graft.Cli.TableFiles.Times;

/// <summary>A column's times in each order that its dates may have: those that a cell contradicts fall away, and one is left or the user is asked.</summary>
/// <param name="file">The file's name.</param>
/// <param name="name">The column's.</param>
/// <param name="given">The order that the user has named; null: found.</param>
internal sealed class DateReadings(string file, string name, DateOrder? given)
{
    private static readonly DateOrder[] All = [DateOrder.Dmy, DateOrder.Mdy, DateOrder.Ymd];

    // All orders share one list as long as no cell depends on them.
    private readonly List<long>?[] ticks = new List<long>?[All.Length];
    private readonly List<long> shared = [];
    private readonly CellSample?[] contradictions = new CellSample?[All.Length];
    private readonly Dictionary<(DateOrder, DateOrder), CellSample> differences = [];
    private bool isForked, hasShortDashes, isDottedOnly = true;

    /// <summary>The order that was decided; null: no cell depends on one.</summary>
    public DateOrder? Order { get; private set; }

    /// <summary>Adds a cell; false where it is no time in the order that the user has named.</summary>
    /// <exception cref="GraftException">It contradicts the rows before it.</exception>
    public bool Add(in TimeCell cell, ReadOnlySpan<char> text, int row)
    {
        if (cell.Date.Shape == DateShape.Known)
        {
            if (!cell.TryTime(DateOrder.Ymd, out DateTime time)) return false;
            if (!isForked) shared.Add(time.Ticks);
            else foreach (List<long>? list in ticks) list?.Add(time.Ticks);
            return true;
        }

        if (given is { } order && !cell.TryTime(order, out _)) return false;
        if (!isForked) Fork();
        hasShortDashes |= cell.Date.Shape == DateShape.ShortDashed;
        isDottedOnly &= cell.Date.Shape == DateShape.Dotted;
        CellSample? sample = null;
        for (int o = 0; o < All.Length; o++)
        {
            if (ticks[o] is not { } list) continue;
            if (cell.TryTime(All[o], out DateTime time))
            {
                list.Add(time.Ticks);
                for (int p = 0; p < o; p++)
                {
                    if (ticks[p] is { } other && other[^1] != time.Ticks && !differences.ContainsKey((All[p], All[o]))) differences[(All[p], All[o])] = sample ??= new(row, text.ToString());
                }
            }
            else
            {
                ticks[o] = null;
                contradictions[o] = sample ??= new(row, text.ToString());
            }
        }

        if (ticks.Any(list => list is not null)) return true;
        CellSample before = contradictions.First(c => c!.Row < row)!;
        throw new GraftException($"'{file}', row {row}, column '{name}': \"{text}\" is no date in the order of the rows before it, as \"{before.Text}\" in row {before.Row} is. Write all dates alike.");
    }

    /// <summary>Decides.</summary>
    /// <exception cref="GraftException">More than one order fits every cell.</exception>
    public IReadOnlyList<long> Decide()
    {
        if (!isForked) return shared;
        List<DateOrder> left = [.. All.Where(order => ticks[(int)order] is not null)];

        // Dots are for days first; the year is first by two digits only where dashes are, or nothing else fits.
        if (isDottedOnly) left = [left[0]];
        else if (!hasShortDashes && left.Count > 1) left.Remove(DateOrder.Ymd);
        foreach (DateOrder order in left.Skip(1).ToArray())
        {
            if (!differences.TryGetValue((left[0], order), out CellSample? cell))
            {
                left.Remove(order);
                continue;
            }

            string[] readings = [.. left.Select(o => $"{Date(cell, o):yyyy-MM-dd} (--dates {Name(o)})")];
            throw new GraftException($"'{file}', column '{name}': \"{cell.Text}\" in row {cell.Row} may be {string.Join(" or ", readings)}, and no row decides. Say which with --dates.");
        }

        Order = left[0];
        return ticks[(int)left[0]]!;
    }

    /// <summary>An order as users name it.</summary>
    public static string Name(DateOrder order) => order.ToString().ToLowerInvariant();

    private static DateTime Date(CellSample cell, DateOrder order) => TimeText.TryParse(cell.Text, out TimeCell time) && time.TryTime(order, out DateTime date) ? date : default;

    private void Fork()
    {
        isForked = true;
        foreach (DateOrder order in All)
        {
            if (given is null || given == order) ticks[(int)order] = [.. shared];
        }
    }
}
