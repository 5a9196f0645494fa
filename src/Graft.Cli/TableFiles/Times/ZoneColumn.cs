using System.Globalization;

namespace Graft.Cli.TableFiles.Times;

/// <summary>Collects how far the clocks of a column were ahead of UTC, by numbers or by the names of zones.</summary>
/// <param name="file">The file's name.</param>
/// <param name="name">The column's.</param>
internal sealed class ZoneColumn(string file, string name)
{
    private readonly HashSet<TimeSpan> offsets = [];
    private readonly Dictionary<string, int> names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(TimeSpan Offset, string? Name)> kinds = [];
    private readonly List<ushort> kindOfRow = [];
    private int zonedRow, localRow;

    /// <summary>The offsets that were met; none where times have none.</summary>
    public IReadOnlySet<TimeSpan> Offsets => offsets;

    /// <summary>Adds a row's.</summary>
    /// <exception cref="GraftException">It has one and others have none.</exception>
    public void Add(in TimeCell cell, int row)
    {
        bool isZoned = cell.Offset is not null || cell.Zone is not null;
        if (isZoned && zonedRow == 0) zonedRow = row;
        if (!isZoned && localRow == 0) localRow = row;
        if (zonedRow > 0 && localRow > 0)
            throw new GraftException($"'{file}', column '{name}': the time of row {zonedRow} has an offset from UTC and that of row {localRow} has none. Give all of them one, or none.");
        if (!isZoned) return;
        if (cell.Zone is { } zone) names.TryAdd(zone, row);
        (TimeSpan, string?) kind = (cell.Offset ?? default, cell.Zone);
        int known = kindOfRow.Count > 0 && kinds[kindOfRow[^1]] == kind ? kindOfRow[^1] : kinds.IndexOf(kind);
        if (known < 0)
        {
            known = kinds.Count;
            kinds.Add(kind);
            if (known > 100) throw new GraftException($"'{file}', row {row}, column '{name}': there are more than 100 time zones. Write all times in one.");
        }

        kindOfRow.Add((ushort)known);
    }

    /// <summary>Times in UTC, where their zones tell how; otherwise as clocks showed them.</summary>
    /// <param name="clocks">What clocks showed.</param>
    /// <param name="rows">Their rows.</param>
    /// <param name="notes">Is told of a zone that was not converted.</param>
    /// <exception cref="GraftException">There are several zones, and one of them has no known offset.</exception>
    public IReadOnlyList<long> ToUtc(IReadOnlyList<long> clocks, IReadOnlyList<int> rows, List<string> notes)
    {
        if (kinds.Count == 0) return clocks;
        if (kinds.Count == 1 && kinds[0].Name is { } only && ZoneNames.Offset(only, names.Keys) is null)
        {
            notes.Add($"Times in column '{name}' are those of a clock in zone '{only}', and so are the forecast's.");
            return clocks;
        }

        TimeSpan[] ahead = [.. kinds.Select(kind => kind.Name is not { } zone ? kind.Offset : ZoneNames.Offset(zone, names.Keys) ?? throw new GraftException(
            $"'{file}', row {names[zone]}, column '{name}': zone '{zone}' does not say how far it is ahead of UTC, and other rows have another. Write offsets, as in 2024-01-31T13:00:00+01:00."))];
        offsets.UnionWith(ahead);
        long[] utc = new long[clocks.Count];
        for (int i = 0; i < utc.Length; i++)
        {
            utc[i] = clocks[i] - ahead[kindOfRow[i]].Ticks;
            if (utc[i] < 0 || utc[i] > DateTime.MaxValue.Ticks)
                throw new GraftException(string.Create(CultureInfo.InvariantCulture, $"'{file}', row {rows[i]}, column '{name}': the time is outside the years 1 to 9999 in UTC. Correct the cell."));
        }

        return utc;
    }
}
