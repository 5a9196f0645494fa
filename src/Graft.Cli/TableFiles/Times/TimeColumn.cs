using System.Globalization;
using Graft.Formats;

namespace Graft.Cli.TableFiles.Times;

/// <summary>Collects the times of a table's rows. What a cell says may depend on the others: only <see cref="Finish"/> decides.</summary>
/// <param name="file">The file's name.</param>
/// <param name="name">The column's.</param>
/// <param name="order">The order of dates that the user has named; null: found.</param>
/// <param name="unit">What its numbers count, if it has numbers; null: found.</param>
internal sealed class TimeColumn(string file, string name, DateOrder? order = null, CountedUnit? unit = null)
{
    // Lines below a table: a total, a source. More of them are rows of the table.
    private const int MostFooters = 20;

    private readonly DateReadings readings = new(file, name, order);
    private readonly ZoneColumn zones = new(file, name);
    private readonly List<int> rows = [];
    private readonly List<CellSample> unread = [];
    private IReadOnlyList<long> ticks = [];
    private TimeForm? form;
    private CellSample? firstNumber;
    private decimal lastNumber;
    private DateTime lastTime;

    /// <summary>The column's name.</summary>
    public string Name => name;

    /// <summary>The times in the order of rows: UTC where an offset was given, else what the clock showed.</summary>
    public IReadOnlyList<long> Ticks => ticks;

    /// <summary>The rows that they are of, as a spreadsheet counts them.</summary>
    public IReadOnlyList<int> Rows => rows;

    /// <summary>The offsets from UTC that were met; none where times have none.</summary>
    public IReadOnlySet<TimeSpan> Offsets => zones.Offsets;

    /// <summary>How much of a time is written.</summary>
    public TimeForm Form => form ?? TimeForm.Clock;

    /// <summary>The order of the dates; null: no cell depends on one.</summary>
    public DateOrder? Order => readings.Order;

    /// <summary>Adds a cell.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="row">Its row as a spreadsheet counts them, from 1.</param>
    /// <exception cref="GraftException">It is not a time, and not below the table.</exception>
    public void Add(ReadOnlySpan<char> text, int row)
    {
        text = text.Trim();
        if (unit == CountedUnit.SplitYears)
        {
            if (CountedTime.TrySplitYear(text, out int year)) Add((decimal)year, text, row);
            else Leave(text, row);
        }
        else if (TimeText.TryParse(text, out TimeCell cell))
        {
            Add(cell, text, row);
        }
        else if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) && (unit ?? CountedTime.UnitOf(number)) is not null)
        {
            Add(number, text, row);
        }
        else
        {
            Leave(text, row);
        }
    }

    /// <summary>Adds a time.</summary>
    public void Add(DateTime clock, TimeSpan? offset, TimeForm how, int row) =>
        Add(new TimeCell(DateParts.Of(clock.Year, clock.Month, clock.Day), clock.TimeOfDay, how) { Offset = offset }, [], row);

    /// <summary>Adds the cells of a row's parts, joined.</summary>
    public void Add(IReadOnlyList<TimePart> parts, IReadOnlyList<string> cells, int row) => Add(TimeParts.Join(parts, cells), row);

    /// <summary>Adds a number that stands for a time; null where it is missing.</summary>
    public void Add(decimal? number, int row)
    {
        if (number is not { } known) Leave([], row);
        else Add(known, [], row);
    }

    /// <summary>Decides what the cells say.</summary>
    /// <param name="notes">Is told of rows that were left out, and of zones.</param>
    /// <returns>The number of rows; those after them are below the table.</returns>
    /// <exception cref="GraftException">More than one reading fits every cell, or none fits all.</exception>
    public int Finish(List<string> notes)
    {
        if (unread.Count > 0)
        {
            if (rows.Count == 0 || unread.Count > Math.Min(MostFooters, rows.Count / 2) || unread.FirstOrDefault(cell => TimeText.Resembles(cell.Text)) is not null) throw NoTime(unread.FirstOrDefault(cell => TimeText.Resembles(cell.Text)) ?? unread[0]);
            string shown = unread[0].Text.Length == 0 ? "nothing" : $"\"{Short(unread[0].Text)}\"";
            notes.Add(unread.Count == 1
                ? $"The last row, {unread[0].Row:N0}, has {shown} where column '{name}' has times: it is taken for a line below the table and left out."
                : $"The last {unread.Count} rows, from {unread[0].Row:N0} ({shown}), have no times in column '{name}': they are taken for lines below the table and left out.");
        }

        ticks = zones.ToUtc(readings.Decide(), rows, notes);
        return rows.Count;
    }

    private void Add(in TimeCell cell, ReadOnlySpan<char> text, int row)
    {
        if (unread.Count > 0) throw NoTime(unread[0]);
        if (firstNumber is not null && !text.IsEmpty && unit is null) throw NoTime(firstNumber);
        if (!readings.Add(cell, text, row))
            throw new GraftException($"'{file}', row {row}, column '{name}': \"{Short(text)}\" is not a time{(order is { } given ? $" by --dates {DateReadings.Name(given)}" : "")}. Correct the cell{(order is null ? "" : ", or name another order")}.");
        rows.Add(row);
        zones.Add(cell, row);
        if (form is { } before && before != cell.Form && (before < TimeForm.Date || cell.Form < TimeForm.Date))
            throw new GraftException($"'{file}', row {row}, column '{name}': \"{Short(text)}\" tells the {cell.Form.ToString().ToLowerInvariant()}, and the rows before it the {before.ToString().ToLowerInvariant()}. Write all times alike.");
        form = form is null || cell.Form > form ? cell.Form : form;
    }

    private void Add(decimal number, ReadOnlySpan<char> text, int row)
    {
        string shown = text.IsEmpty ? number.ToString(CultureInfo.InvariantCulture) : text.ToString();
        if (firstNumber is null && rows.Count > 0) throw NoTime(new(row, shown));
        unit ??= CountedTime.UnitOf(number);
        if (unit is not { } counts) throw NoTime(new(row, shown));
        if (!CountedTime.TryTime(counts, number, out DateTime time))
            throw new GraftException($"'{file}', row {row}, column '{name}': {shown} does not count {counts.ToString().ToLowerInvariant()} as the rows before it do. Correct the cell; --time none takes rows as they come.");
        if (firstNumber is not null && time == lastTime && number != lastNumber)
            throw new GraftException($"'{file}', row {row}, column '{name}': {shown} is less than 100 nanoseconds from the row before it, which are not told apart. Write times further apart; --time none takes rows as they come.");
        (firstNumber, lastNumber, lastTime) = (firstNumber ?? new(row, shown), number, time);
        Add(time, CountedTime.IsUnix(counts) ? TimeSpan.Zero : null, CountedTime.Form(counts), row);
    }

    private void Leave(ReadOnlySpan<char> text, int row)
    {
        if (unread.Count <= MostFooters) unread.Add(new(row, text.ToString()));
    }

    private GraftException NoTime(CellSample cell) => new(Numbers.Cell.IsMissing(cell.Text)
        ? $"'{file}', row {cell.Row}: there is no time in column '{name}'. Fill it, or leave the row out."
        : $"'{file}', row {cell.Row}, column '{name}': \"{Short(cell.Text)}\" is not a time. Write times like 2024-01-31, 2024-01-31T13:00:00 or 2024-01-31T13:00:00+01:00; --time none takes rows as they come.");

    private static string Short(ReadOnlySpan<char> text) => text.Length <= 40 ? text.ToString() : $"{text[..40]}...";
}
