using System.Globalization;
using System.Xml;

namespace Graft.Cli.TableFiles.Times;

/// <summary>The time between two rows: a span, months of the calendar, some days of each month, or a span within the days and hours that a business is open.</summary>
internal abstract record TimeStep
{
    /// <summary>The step as files keep it: an ISO 8601 duration for a span.</summary>
    public abstract string Code { get; }

    /// <summary>Finds the step of rising times, all different: months, days of months, or opening days and hours where times fit, else the median span.</summary>
    public static TimeStep Of(ReadOnlySpan<long> times)
    {
        if (times.Length < 2) return new SpanStep(TimeSpan.TicksPerDay);
        long[] spans = new long[times.Length - 1];
        for (int i = 0; i < spans.Length; i++) spans[i] = times[i + 1] - times[i];
        Array.Sort(spans);
        long median = spans[(spans.Length - 1) / 2];
        return (TimeStep?)MonthStep.Find(times, spans) ?? (TimeStep?)MonthDaysStep.Find(times, spans) ?? (TimeStep?)SessionSearch.Find(times, median) ?? new SpanStep(median);
    }

    /// <summary>Reads <see cref="Code"/>; null where it is not one.</summary>
    public static TimeStep? FromCode(string code) => (TimeStep?)MonthStep.Parse(code) ?? (TimeStep?)MonthDaysStep.Parse(code) ?? (TimeStep?)SessionCode.Parse(code) ?? SpanStep.Parse(code);

    /// <summary>The time some steps later.</summary>
    public abstract DateTime Advance(DateTime from, int steps);

    /// <summary>How many steps lie between two times, not rounded.</summary>
    public abstract double Between(long from, long to);

    /// <summary>A number of things.</summary>
    protected static string Words(double count, string unit) => string.Create(CultureInfo.InvariantCulture, $"{count:0.###} {Amount.Word(count == 1 ? 1 : 2, unit)}");
}

/// <summary>A span of time.</summary>
/// <param name="Ticks">Its length.</param>
internal sealed record SpanStep(long Ticks) : TimeStep
{
    private static readonly (long Ticks, string Name)[] Units =
    [
        (7 * TimeSpan.TicksPerDay, "week"), (TimeSpan.TicksPerDay, "day"), (TimeSpan.TicksPerHour, "hour"), (TimeSpan.TicksPerMinute, "minute"), (TimeSpan.TicksPerSecond, "second"),
        (TimeSpan.TicksPerMillisecond, "millisecond"), (TimeSpan.TicksPerMicrosecond, "microsecond"),
    ];

    public override string Code => XmlConvert.ToString(TimeSpan.FromTicks(Ticks));

    /// <summary>Reads an ISO 8601 duration; null where it is none.</summary>
    public static SpanStep? Parse(string code)
    {
        try
        {
            long ticks = XmlConvert.ToTimeSpan(code).Ticks;
            return ticks > 0 ? new(ticks) : null;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return null;
        }
    }

    public override DateTime Advance(DateTime from, int steps) => from.AddTicks(Ticks > long.MaxValue / Math.Max(1, steps) ? long.MaxValue : Ticks * steps);

    public override double Between(long from, long to) => (to - from) / (double)Ticks;

    /// <summary>The span in words, for example <c>15 minutes</c>.</summary>
    public override string ToString()
    {
        foreach ((long ticks, string name) in Units)
        {
            if (Ticks >= ticks && Ticks % ticks == 0) return Words(Ticks / ticks, name);
        }

        (long nearest, string unit) = Units.Skip(1).FirstOrDefault(u => Ticks >= u.Ticks, Units[^1]);
        return Words(Ticks / (double)nearest, unit);
    }
}
