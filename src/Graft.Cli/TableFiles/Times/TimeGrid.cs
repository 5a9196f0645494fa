using Graft.Cli.TableFiles.Numbers;
using Graft.Numerics;

namespace Graft.Cli.TableFiles.Times;

/// <summary>Puts rows in the order of their times and on even steps: what is told twice is averaged, what is left out is missing.</summary>
internal static class TimeGrid
{
    // Rows that share a time: more than this part are several series below each other, not slips.
    private const double MostRepeated = 0.05;

    // Spans that are no multiple of the step: more than this part, and the times are not even.
    private const double MostUneven = 0.1;

    // Days that an open business has closed now and then: more of its calendar, or longer, and rows are missing.
    private const double MostClosed = 0.1;
    private const int LongestClosed = 5;

    // A single step that differs by more is told, where many do: the forecast's times can't keep to such steps.
    private const double Even = 0.01;

    // Rows that a model of before is led over, holidays that are named, steps of a gap that are looked at.
    private const int MostBridged = 1_000_000, MostTold = 6, MostCounted = 1000;

    /// <summary>Makes a table of even steps.</summary>
    /// <param name="file">The file's name.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="column">Their times.</param>
    /// <param name="given">The time between two rows; null: found.</param>
    /// <param name="notes">Is told what was done.</param>
    /// <exception cref="GraftException">The times are those of several series, most steps have no row, or the step is not the one given.</exception>
    public static (Matrix Values, SeriesTime Time) Build(string file, IReadOnlyList<NumberColumn> columns, TimeColumn column, TimeStep? given, List<string> notes)
    {
        // Clocks of one offset are read as they stand, so that days and months are the users'; more than one meet in UTC.
        TimeSpan? offset = column.Offsets.Count switch { 0 => null, 1 => column.Offsets.First(), _ => TimeSpan.Zero };
        long ahead = offset?.Ticks ?? 0;
        long[] times = new long[column.Ticks.Count];
        for (int i = 0; i < times.Length; i++) times[i] = column.Ticks[i] + ahead;
        if (column.Offsets.Count > 1)
            notes.Add($"Times in column '{column.Name}' have {column.Offsets.Count} offsets from UTC ({string.Join(", ", column.Offsets.Order().Select(o => o == TimeSpan.Zero ? "Z" : $"{(o < TimeSpan.Zero ? '-' : '+')}{o:hh\\:mm}"))}): all were brought to UTC.");

        TimeForm form = column.Form == TimeForm.Clock && offset is null && times.All(t => t % TimeSpan.TicksPerDay == 0) ? TimeForm.Date : column.Form;
        string Text(long ticks) => SeriesTime.Text(new DateTime(ticks), offset, form);

        if (TimeSlip.Find(times) is { } slip)
        {
            string[] near = [.. new[] { slip.Place - 1, slip.Place + 1 }.Where(i => i >= 0 && i < times.Length).Select(i => Text(times[i]))];
            throw new GraftException(
                $"'{file}', row {column.Rows[slip.Place]}, column '{column.Name}': {Text(times[slip.Place])} stands beside {string.Join(" and ", near)}, most likely a slip for {Text(slip.Fitting.Ticks)}. "
                + "Correct the cell, or leave the row out; --time none takes rows as they come.");
        }

        int[] order = Order(times, column.Name, notes);
        (long[] distinct, Matrix values) = Merge(file, columns, column.Name, times, order, notes, Text);
        TimeStep step = given ?? TimeStep.Of(distinct);
        if (step is SessionStep session) (distinct, values) = Calendar(column.Name, distinct, values, session, notes, Text);
        if (step is MonthDaysStep days) notes.Add($"Rows in column '{column.Name}' are on {days.Words()} of each month: the forecast goes on with it.");
        int[] places = Places(file, column.Name, distinct, step, given is not null, notes, Text);
        int rows = places.Length == 0 ? 0 : places[^1] + 1;
        Matrix even = new(rows, columns.Count);
        even.Values.Fill(double.NaN);
        DateTime[] at = new DateTime[rows];
        for (int i = 0, row = 0; i < places.Length; i++)
        {
            values.Row(i).CopyTo(even.Row(places[i]));
            at[places[i]] = new DateTime(distinct[i]);
            for (row++; row < places[i]; row++) at[row] = step.Advance(at[row - 1], 1);
        }

        return (even, new(column.Name, at, step, offset, form));
    }

    // Tells the calendar, and leaves the few rows out that are on days when others have none.
    private static (long[] Times, Matrix Values) Calendar(string name, long[] times, Matrix values, SessionStep step, List<string> notes, Func<long, string> text)
    {
        string lacking = step.Days is WeekDays.All or WeekDays.Working ? "" : WeekDays.Lacking(step.Days);
        string[] closed = [.. lacking.Length > 0 ? (string[])[lacking] : [], .. step.Holidays.Rules.Take(MostTold).Select(rule => rule.ToString()), .. step.Holidays.Rules.Count > MostTold ? (string[])[$"{step.Holidays.Rules.Count - MostTold} more days of the year"] : []];
        if (closed.Length > 0) notes.Add($"Rows in column '{name}' follow a calendar without {string.Join(", ", closed)}: the forecast goes on with it.");
        int[] open = [.. Enumerable.Range(0, times.Length).Where(i => step.IsOpen(new DateTime(times[i])))];
        if (open.Length == times.Length) return (times, values);
        int left = times.Length - open.Length, first = Enumerable.Range(0, times.Length).First(i => !step.IsOpen(new DateTime(times[i])));
        DayOfWeek day = new DateTime(times[first]).DayOfWeek;
        string when = WeekDays.Has(step.Days, day) ? "at a time of the week" : $"on a {day} or the like";
        notes.Add($"{Amount.Of(left, "row is", "rows are")} {when}, when other weeks have none (the first: {text(times[first])}): {Amount.Word(left, "it is", "they are")} left out.");
        Matrix kept = new(open.Length, values.Columns);
        for (int i = 0; i < open.Length; i++) values.Row(open[i]).CopyTo(kept.Row(i));
        return ([.. open.Select(i => times[i])], kept);
    }

    // Rows of a calendar that are not there, without the holidays that it is known to have.
    private static long Missing(TimeStep step, long from, long whole)
    {
        if (step is not SessionStep { Holidays: { Rules.Count: > 0 } holidays } || whole > MostCounted) return whole - 1;
        return Enumerable.Range(1, (int)whole - 1).Count(s => !holidays.Contains(step.Advance(new DateTime(from), s)));
    }

    private static int[] Order(long[] times, string name, List<string> notes)
    {
        int[] order = [.. Enumerable.Range(0, times.Length)];
        int falls = 0, rises = 0;
        for (int i = 1; i < times.Length; i++)
        {
            if (times[i] < times[i - 1]) falls++;
            if (times[i] > times[i - 1]) rises++;
        }

        if (falls == 0) return order;
        notes.Add(rises == 0
            ? $"Rows were newest first in column '{name}': they were turned round."
            : $"Rows were not in the order of column '{name}' ({Amount.Of(falls, "is", "are")} earlier than the row before): they were sorted.");
        return [.. order.OrderBy(i => times[i])];
    }

    private static (long[] Times, Matrix Values) Merge(string file, IReadOnlyList<NumberColumn> columns, string name, long[] times, int[] order, List<string> notes, Func<long, string> text)
    {
        List<long> distinct = [];
        List<int> starts = [];
        for (int i = 0; i < order.Length; i++)
        {
            if (i > 0 && times[order[i]] == times[order[i - 1]]) continue;
            distinct.Add(times[order[i]]);
            starts.Add(i);
        }

        int repeated = order.Length - distinct.Count;
        if (repeated > Math.Max(1, MostRepeated * order.Length))
        {
            int first = Enumerable.Range(0, starts.Count).First(i => (i + 1 < starts.Count ? starts[i + 1] : order.Length) > starts[i] + 1);
            throw new GraftException(
                $"'{file}', column '{name}': {repeated:N0} of {Amount.Of(order.Length, "row")} {Amount.Word(repeated, "has", "have")} the time of another row, the first {text(distinct[first])}. If the file has several series below each other, give each a column or a file of its own; --time names another column of times, --time none takes rows as they come.");
        }

        Matrix values = new(distinct.Count, columns.Count);
        string? firstRepeated = null;
        for (int i = 0; i < starts.Count; i++)
        {
            int end = i + 1 < starts.Count ? starts[i + 1] : order.Length;
            if (end > starts[i] + 1) firstRepeated ??= text(distinct[i]);
            for (int j = 0; j < columns.Count; j++)
            {
                double sum = 0;
                int known = 0;
                for (int k = starts[i]; k < end; k++)
                {
                    double value = columns[j].Values[order[k]];
                    if (double.IsNaN(value)) continue;
                    sum += value;
                    known++;
                }

                values[i, j] = known == 0 ? double.NaN : sum / known;
            }
        }

        if (repeated > 0) notes.Add($"{Amount.Of(repeated, "row has", "rows have")} the time of another row (the first: {firstRepeated}): such rows were averaged.");
        return ([.. distinct], values);
    }

    private static int[] Places(string file, string name, long[] times, TimeStep step, bool isGiven, List<string> notes, Func<long, string> text)
    {
        int[] places = new int[times.Length];
        int uneven = 0, rough = 0, gaps = 0, widest = 0;
        long missing = 0, most = 0, firstGap = -1;
        for (int i = 1; i < times.Length; i++)
        {
            double steps = step.Between(times[i - 1], times[i]), whole = Math.Max(1, Math.Round(steps));
            if (Math.Abs(steps - whole) > 0.25) uneven++;
            else if (whole == 1 && Math.Abs(steps - 1) > Even) rough++;
            places[i] = (int)Math.Min(int.MaxValue / 2, places[i - 1] + whole);
            if (whole <= 1) continue;
            if (whole > most) (most, widest) = ((long)whole, i);
            long without = Missing(step, times[i - 1], (long)whole);
            if (without == 0) continue;
            if (gaps++ == 0) firstGap = times[i - 1];
            missing += without;
        }

        if (uneven > MostUneven * times.Length)
        {
            if (isGiven) throw new GraftException($"'{file}', column '{name}': {uneven:N0} of {Amount.Of(times.Length - 1, "row")} {Amount.Word(uneven, "does", "do")} not follow in steps of {step}, which the model was fitted on. Give rows with that step.");
            notes.Add($"Times in column '{name}' are not even: {uneven:N0} of {Amount.Of(times.Length - 1, "step")} {Amount.Word(uneven, "is", "are")} no multiple of {step}, the median. Rows are taken one after another.");
            return [.. Enumerable.Range(0, times.Length)];
        }

        if (step is SpanStep && rough > MostUneven * times.Length)
        {
            long[] single = [.. Enumerable.Range(1, times.Length - 1).Where(i => places[i] == places[i - 1] + 1).Select(i => times[i] - times[i - 1])];
            notes.Add($"Steps in column '{name}' are not quite even, from {new SpanStep(single.Min())} to {new SpanStep(single.Max())}: the forecast's times go on in steps of {step}.");
        }

        if (missing > times.Length && !isGiven)
        {
            throw new GraftException(
                $"'{file}', column '{name}': rows are {step} apart, but {missing:N0} of {Amount.Of(missing + times.Length, "step")} {Amount.Word(missing, "has", "have")} no row; the widest gap is from {text(times[widest - 1])} to {text(times[widest])}. "
                + "Keep the rows on one side of it; --time none takes rows as they come.");
        }

        if (missing > MostBridged && isGiven)
        {
            throw new GraftException(
                $"'{file}', column '{name}': {Amount.Of(missing, "step")} of {step} {Amount.Word(missing, "has", "have")} no row; the widest gap is from {text(times[widest - 1])} to {text(times[widest])}. Keep the rows on one side of it, or fit a new model.");
        }

        if (step is SessionStep && missing <= MostClosed * times.Length && most <= LongestClosed + 1)
        {
            if (gaps > 0) notes.Add($"{Amount.Of(missing, "row")} of the calendar, after {text(firstGap)}{(gaps == 1 ? "" : " and later")}, {Amount.Word(missing, "is", "are")} not there, as on holidays: {Amount.Word(missing, "it counts", "they count")} as not known.");
            return places;
        }

        if (gaps > 0) notes.Add($"{Amount.Of(gaps, "gap")} in time, the first after {text(firstGap)}: {Amount.Of(missing, "row")} of missing values {Amount.Word(missing, "was", "were")} put in.");
        return places;
    }
}
