namespace Graft.Cli.TableFiles.Times;

/// <summary>How much of a time is written, from the coarsest: a forecast's times are written as those of its table.</summary>
internal enum TimeForm
{
    /// <summary>1961.</summary>
    Year,

    /// <summary>1961-Q1.</summary>
    Quarter,

    /// <summary>1961-01.</summary>
    Month,

    /// <summary>1961-W05, the weeks of ISO 8601.</summary>
    Week,

    /// <summary>1961-01-31.</summary>
    Date,

    /// <summary>1961-01-31T13:00:00.</summary>
    Clock,
}

/// <summary>A time as a cell has it, before the whole column has said in which order its numbers stand.</summary>
/// <param name="Date">Its date.</param>
/// <param name="Clock">The time of day; a whole day for 24:00.</param>
/// <param name="Form">How much was written.</param>
internal readonly record struct TimeCell(DateParts Date, TimeSpan Clock, TimeForm Form)
{
    /// <summary>How far the clock was ahead of UTC; null: not said in numbers.</summary>
    public TimeSpan? Offset { get; init; }

    /// <summary>The name of its time zone; null: none.</summary>
    public string? Zone { get; init; }

    /// <summary>What the clock showed, the date's numbers standing in an order.</summary>
    public bool TryTime(DateOrder order, out DateTime time)
    {
        if (!Date.TryDate(order, out time) || Clock > DateTime.MaxValue - time) return false;
        time += Clock;
        return true;
    }
}
