using Graft.Cli.TableFiles.Files;
using Graft.Cli.TableFiles.Times;

namespace Graft.Cli.TableFiles;

/// <summary>The columns that tell when the rows of a table were: one, or a year with its month and more; or none.</summary>
/// <param name="Places">Their places, from the year on where there are several; empty: rows are numbered.</param>
/// <param name="Name">What they are called together.</param>
/// <param name="Unit">What their numbers count.</param>
/// <param name="Parts">The part of a time that each has, where there are several.</param>
internal sealed record TimeChoice(IReadOnlyList<int> Places, string Name, CountedUnit? Unit, IReadOnlyList<TimePart> Parts)
{
    /// <summary>Why rows are numbered though a column looks like times; null: none does.</summary>
    public string? Untimed { get; init; }

    private static TimeChoice None { get; } = new([], "", null, []);

    /// <summary>Reads what a user names: a column, or several with commas between them.</summary>
    /// <exception cref="ArgumentsException">Several do not tell a time.</exception>
    public static TimeChoice Named(ITableFile table, IReadOnlyList<int> places)
    {
        if (places.Count == 1) return One(table.Columns, places[0]);
        TimeChoice several = Several(table.Columns, places);
        return several.Places.Count == places.Count ? several : throw new ArgumentsException(
            $"--time: columns {TableReader.List(places.Select(i => table.Columns[i]))} tell no time together. Name columns called year and month, also day, hour and minute, or year and quarter or week.");
    }

    /// <summary>Finds them. Times that are written as such come first; numbers that count time are times where they are not wanted as numbers; texts that only resemble times are read where nothing else is, to tell what is wrong with them.</summary>
    /// <param name="columns">All columns.</param>
    /// <param name="targets">Those that are to be forecast.</param>
    /// <param name="inputs">Others that are wanted as numbers.</param>
    /// <param name="notes">Is told of a choice between columns.</param>
    public static TimeChoice Find(IReadOnlyList<ColumnInfo> columns, IReadOnlyCollection<int> targets, IReadOnlyCollection<int> inputs, List<string> notes)
    {
        int[] free = [.. Enumerable.Range(0, columns.Count).Where(i => !targets.Contains(i) && !inputs.Contains(i))];
        int[] Of(ColumnKind kind) => [.. free.Where(i => columns[i].Kind == kind)];
        int[] times = Of(ColumnKind.Time), counted = Of(ColumnKind.CountedTime), unread = Of(ColumnKind.UnreadTime), good = [.. times.Where(i => columns[i].Doubt is null)];

        // Numbers are wanted as numbers where there are no others.
        if (targets.Count + inputs.Count == 0 && !columns.Any(column => column.Kind is ColumnKind.Number or ColumnKind.Flag)) counted = counted.Length > 1 ? counted[..1] : [];
        TimeChoice together = good.Length > 0 ? None : Several(columns, [.. Enumerable.Range(0, columns.Count).Where(i => !targets.Contains(i))]);
        if (together.Places.Count > 0)
        {
            notes.Add($"Columns {TableReader.List(together.Places.Select(i => columns[i]))} together are the time of the rows.");
            return together;
        }

        int[] found = good.Length > 0 ? good : counted.Length > 0 ? counted : times;
        if (found.Length == 0) return unread.Length > 0 ? One(columns, unread[0]) : None with { Untimed = Untold(columns, free) };
        ColumnInfo chosen = columns[found[0]];
        int[] doubtful = [.. times.Except(found)];
        if (doubtful.Length > 0) notes.Add($"{string.Join("; ", doubtful.Select(i => $"Column '{columns[i].Name}' {columns[i].Doubt}"))}: '{chosen.Name}' is taken for the time of the rows; --time names another.");
        if (found.Length > 1) notes.Add($"Columns {TableReader.List(found.Select(i => columns[i]))} have times: the first is taken; --time names another.");
        if (unread.Length > 0) notes.Add($"Column '{chosen.Name}' has the times; {TableReader.List(unread.Select(i => columns[i]))} {(unread.Length == 1 ? "is" : "are")} not read. If date and clock stand apart, put them into one column.");
        if (chosen.Unit == CountedUnit.SpreadsheetDays) notes.Add($"Numbers like {chosen.Sample} in column '{chosen.Name}' are read as days that a spreadsheet counts from 1900; --time none takes rows as they come.");
        return One(columns, found[0]);
    }

    private static TimeChoice One(IReadOnlyList<ColumnInfo> columns, int place) => new([place], columns[place].Name, columns[place].Unit, []);

    private static TimeChoice Several(IReadOnlyList<ColumnInfo> columns, IReadOnlyList<int> among)
    {
        int[] places = [.. TimeParts.Together([.. among.Select(i => columns[i].Part)]).Select(i => among[i])];
        return places.Length == 0 ? None : new(places, string.Join(", ", places.Select(i => columns[i].Name)), null, [.. places.Select(i => columns[i].Part!.Value)]);
    }

    // What looks like times, by values first, is told.
    private static string? Untold(IReadOnlyList<ColumnInfo> columns, int[] free)
    {
        const string Then = "rows are numbered. Times are read like 2024-01-31, or from columns called year and month (and day).";
        ColumnInfo? Named(Func<ColumnInfo, bool> holds) => free.Select(i => columns[i]).FirstOrDefault(holds);
        if (Named(column => column.Kind == ColumnKind.PartialTime || column.Part is not (null or TimePart.Year)) is { } partial) return $"Column '{partial.Name}' looks like times without a year (\"{partial.Sample}\"): {Then}";
        if (Named(column => column.Part == TimePart.Year) is { } years) return $"Column '{years.Name}' looks like years (\"{years.Sample}\"), but not like one for each row: {Then}";
        return Named(column => TimeWords.IsTimeName(column.Name) && column.Sample is not null) is { } other ? $"Column '{other.Name}' is called like times, but \"{other.Sample}\" and the like are not read as such: {Then}" : null;
    }
}
