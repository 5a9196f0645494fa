using System.Globalization;

namespace Graft.Cli.TableFiles;

/// <summary>Collects the times of a table's rows.</summary>
/// <param name="file">The file's name.</param>
/// <param name="name">The column's.</param>
internal sealed class TimeColumn(string file, string name)
{
    private readonly List<long> ticks = [];
    private readonly HashSet<TimeSpan> offsets = [];
    private int zonedRow, localRow;

    // Ticks a unit of a number: seconds, milliseconds, microseconds or nanoseconds since 1970, seen by its size.
    private double unit;

    /// <summary>The column's name.</summary>
    public string Name => name;

    /// <summary>The times in the order of rows: UTC where an offset was given, else what the clock showed.</summary>
    public IReadOnlyList<long> Ticks => ticks;

    /// <summary>The offsets from UTC that were met; none where times have none.</summary>
    public IReadOnlySet<TimeSpan> Offsets => offsets;

    /// <summary>Whether a number may count seconds (or thousandths, millionths, billionths of one) since 1970: from 1973 to 2286.</summary>
    public static bool IsUnix(double number) => number is >= 1e8 and < 1e10 or >= 1e11 and < 1e13 or >= 1e14 and < 1e16 or >= 1e17 and < 1e19;

    /// <summary>Adds a cell.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="row">Its row as a spreadsheet counts them, from 1.</param>
    /// <exception cref="GraftException">It is not a time.</exception>
    public void Add(ReadOnlySpan<char> text, int row)
    {
        if (TimeText.TryParse(text, out DateTime clock, out TimeSpan? offset))
        {
            Add(clock, offset, row);
        }
        else if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && (unit > 0 || IsUnix(number)))
        {
            AddUnix(number, row);
        }
        else
        {
            throw new GraftException(Cell.IsMissing(text)
                ? $"'{file}', row {row}: there is no time in column '{name}'. Fill it, or leave the row out."
                : $"'{file}', row {row}, column '{name}': \"{text}\" is not a time. Write times like 2024-01-31, 2024-01-31T13:00:00 or 2024-01-31T13:00:00+01:00; --time none takes rows as they come.");
        }
    }

    /// <summary>Adds a time.</summary>
    public void Add(DateTime clock, TimeSpan? offset, int row)
    {
        if (offset is { } ahead)
        {
            if (zonedRow == 0) zonedRow = row;
            offsets.Add(ahead);
            clock = clock.Ticks > ahead.Ticks ? clock - ahead : clock;
        }
        else if (localRow == 0)
        {
            localRow = row;
        }

        if (zonedRow > 0 && localRow > 0)
            throw new GraftException($"'{file}', column '{name}': the time of row {zonedRow} has an offset from UTC and that of row {localRow} has none. Give all of them one, or none.");
        ticks.Add(clock.Ticks);
    }

    /// <summary>Adds a time as a number since 1970.</summary>
    public void AddUnix(double number, int row)
    {
        if (unit == 0) unit = Math.Abs(number) switch { < 1e11 => TimeSpan.TicksPerSecond, < 1e14 => TimeSpan.TicksPerMillisecond, < 1e17 => TimeSpan.TicksPerMicrosecond, _ => 0.01 };
        double since = number * unit;
        if (!(Math.Abs(since) < 2e18)) throw new GraftException($"'{file}', row {row}, column '{name}': {number} is not a time in the unit of the rows before it.");

        // A whole number of milliseconds where it is near one: a double of nanoseconds keeps no more.
        Add(DateTime.UnixEpoch.AddTicks((long)Math.Round(since)), TimeSpan.Zero, row);
    }
}
