namespace Graft.Cli.TableFiles.Times;

/// <summary>The rows of a week: working days, a shop closed on Sundays, the minutes of a stock exchange, hours over midnight, fewer hours on Saturdays.</summary>
/// <param name="Ticks">The usual span between rows; a day where a day has one.</param>
/// <param name="Week">When rows are, from Monday's beginning, rising; the days alone where a day has one row, whose clock is that of the row gone on from.</param>
internal sealed record SessionStep(long Ticks, IReadOnlyList<long> Week) : TimeStep
{
    /// <summary>A week; the first of January of year 1 was a Monday.</summary>
    public const long TicksPerWeek = 7 * TimeSpan.TicksPerDay;

    // Rows that are further from any of the week's than this part of a span are none of them.
    private const double Half = 0.5;

    /// <summary>Days without rows that come back each year.</summary>
    public Holidays Holidays { get; init; } = Holidays.None;

    /// <summary>The days of the week that have rows.</summary>
    public int Days => Week.Aggregate(0, (days, time) => days | (1 << (int)DayOf(time)));

    public override string Code => SessionCode.Of(this);

    private bool IsDaily => Ticks == TimeSpan.TicksPerDay;

    /// <summary>One row on each of some days of the week.</summary>
    public static SessionStep Daily(int days) => Of(TimeSpan.TicksPerDay, days, [0]);

    /// <summary>The same clocks on each of some days of the week.</summary>
    public static SessionStep Of(long ticks, int days, IReadOnlyCollection<long> clocks) =>
        new(ticks, [.. Enumerable.Range(0, 7).Where(day => WeekDays.Has(days, DayOf(day * TimeSpan.TicksPerDay))).SelectMany(day => clocks.Select(clock => (day * TimeSpan.TicksPerDay) + clock))]);

    /// <summary>The day of the week of a time from Monday's beginning.</summary>
    public static DayOfWeek DayOf(long time) => (DayOfWeek)(((time / TimeSpan.TicksPerDay) + 1) % 7);

    /// <summary>Whether a time is one of the week's.</summary>
    public bool IsOpen(DateTime time) => Place(time) is var place && place == Math.Floor(place);

    public override DateTime Advance(DateTime from, int steps)
    {
        (long week, long place) = Math.DivRem((long)Math.Floor(Place(from)) + steps, Week.Count);
        return new DateTime((long)decimal.Clamp((decimal)week * TicksPerWeek, long.MinValue / 2, long.MaxValue / 2) + Week[(int)place]) + (IsDaily ? from.TimeOfDay : default);
    }

    public override double Between(long from, long to) => Place(new(to)) - Place(new(from));

    public override string ToString() => IsDaily
        ? Days switch { WeekDays.All => "1 day", WeekDays.Working => "1 working day", _ => "1 opening day" }
        : Enumerable.Range(1, Week.Count - 1).All(i => (Week[i] - Week[i - 1]) % Ticks == 0) ? $"{new SpanStep(Ticks)} of opening hours" : $"one of {Week.Count} rows a week";

    // How many rows weeks have before a time, in part where it is not one of theirs.
    private double Place(DateTime time)
    {
        (long week, long rest) = Math.DivRem(IsDaily ? time.Date.Ticks : time.Ticks, TicksPerWeek);
        int low = 0, high = Week.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Week[middle] < rest) low = middle + 1;
            else high = middle;
        }

        double place = (week * (double)Week.Count) + low;
        if (low < Week.Count && Week[low] == rest) return place;
        double after = low > 0 ? (rest - Week[low - 1]) / (double)Ticks : Half, before = low < Week.Count ? (Week[low] - rest) / (double)Ticks : Half;
        return after < before ? place - 1 + Math.Min(Half, after) : place - Math.Min(Half, before);
    }
}
