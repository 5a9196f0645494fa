namespace Graft.Cli.TableFiles.Times;

/// <summary>A row whose year is most likely a slip of the keyboard: in another year it would fit between the rows around it, as it is it stands far from them.</summary>
/// <param name="Place">Its place in the file, from 0.</param>
/// <param name="Fitting">The time that would fit.</param>
internal readonly record struct TimeSlip(int Place, DateTime Fitting)
{
    // Rows further apart than a quarter may well be of another year; with so few rows none stands out.
    private const int LongestSpan = 100, LeastRows = 8;

    // As many of the usual spans may lie between a row and its neighbours: a weekend may.
    private const int MostSpans = 4;

    // More such rows than this part are how the table is.
    private const int RowsPerSlip = 8;

    /// <summary>Finds the first such row in times as the file has them; null where there is none, or where there are many.</summary>
    public static TimeSlip? Find(IReadOnlyList<long> times)
    {
        if (times.Count < LeastRows) return null;
        long[] spans = [.. Enumerable.Range(1, times.Count - 1).Select(i => Math.Abs(times[i] - times[i - 1])).Where(span => span > 0).Order()];
        if (spans.Length == 0) return null;
        long median = spans[(spans.Length - 1) / 2];
        if (median > LongestSpan * TimeSpan.TicksPerDay) return null;
        int rises = Enumerable.Range(1, times.Count - 1).Count(i => times[i] > times[i - 1]), sign = 2 * rises >= times.Count - 1 ? 1 : -1;
        TimeSlip? first = null;
        int count = 0;
        for (int i = 0; i < times.Count; i++)
        {
            if (Other(times, i, sign, median) is not { } fitting) continue;
            first ??= new(i, fitting);
            count++;
        }

        return count > 0 && count * RowsPerSlip <= times.Count ? first : null;
    }

    private static DateTime? Other(IReadOnlyList<long> times, int i, int sign, long median)
    {
        long? before = i > 0 ? times[i - 1] : null, after = i + 1 < times.Count ? times[i + 1] : null;
        bool Stands(long time) => (before is not { } b || sign * (time - b) > 0) && (after is not { } a || sign * (a - time) > 0);
        bool isEnd = before is null || after is null;
        DateTime time = new(times[i]);

        // Between two neighbours it is enough to be out of order; they must be close to each other, with room for one row.
        if (!isEnd && (Stands(times[i]) || (sign * (after!.Value - before!.Value) is var room && (room <= 0 || room > 2 * MostSpans * median)))) return null;
        foreach (long neighbour in (long[])[before ?? after!.Value, after ?? before!.Value])
        {
            int year = new DateTime(neighbour).Year;
            if (year == time.Year || (time is { Month: 2, Day: 29 } && !DateTime.IsLeapYear(year))) continue;
            DateTime fitting = time.AddYears(year - time.Year);
            if (Stands(fitting.Ticks) && (!isEnd || Math.Abs(fitting.Ticks - neighbour) <= MostSpans * median)) return fitting;
        }

        return null;
    }
}
