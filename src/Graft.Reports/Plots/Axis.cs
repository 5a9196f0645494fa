namespace Graft.Reports.Plots;

/// <summary>A range of values and the ticks that people read it by.</summary>
/// <param name="Low">The least value.</param>
/// <param name="High">The greatest, above <paramref name="Low"/>.</param>
/// <param name="IsLogarithmic">Whether equal distances are equal ratios.</param>
/// <param name="Ticks">The values that are written out.</param>
internal sealed record Axis(double Low, double High, bool IsLogarithmic, IReadOnlyList<double> Ticks)
{
    /// <summary>The axis from the least of some values to the greatest.</summary>
    /// <param name="values">Finite values.</param>
    /// <param name="ticks">About how many steps.</param>
    /// <param name="round">Whether the ends move outwards to ticks.</param>
    public static Axis Linear(IEnumerable<double> values, int ticks = 5, bool round = true)
    {
        (double low, double high) = Range(values);
        if (low == high) (low, high) = low == 0 ? (0, 1) : (low - (Math.Abs(low) / 10), low + (Math.Abs(low) / 10));
        double step = NiceStep((high - low) / ticks);
        if (round) (low, high) = (Math.Floor((low / step) + 1e-9) * step, Math.Ceiling((high / step) - 1e-9) * step);
        List<double> marks = [];
        // Adding 0 makes a negative zero a plain one.
        for (double i = Math.Ceiling((low / step) - 1e-9); i * step <= high + (step * 1e-9); i++) marks.Add((i * step) + 0);
        return new Axis(low, high, false, marks);
    }

    /// <summary>A logarithmic axis with a tick at each power of ten, and at twice and five times it where those are few.</summary>
    /// <param name="values">Positive values.</param>
    public static Axis Logarithmic(IEnumerable<double> values)
    {
        (double low, double high) = Range(values);
        if (low == high) (low, high) = (low / 2, high * 2);
        double[] factors = Math.Log10(high / low) < 2.5 ? [1, 2, 5] : [1];
        List<double> marks = [];
        for (double power = Math.Floor(Math.Log10(low)); power <= Math.Log10(high) + 1e-9; power++)
            marks.AddRange(factors.Select(factor => factor * Math.Pow(10, power)).Where(mark => mark >= low * (1 - 1e-9) && mark <= high * (1 + 1e-9)));
        return new Axis(low, high, true, marks.Count >= 2 ? marks : [low, high]);
    }

    /// <summary>Where a value lies: 0 at the low end, 1 at the high one.</summary>
    public double Place(double value) => IsLogarithmic
        ? (Math.Log(value) - Math.Log(Low)) / (Math.Log(High) - Math.Log(Low))
        : (value - Low) / (High - Low);

    private static (double Low, double High) Range(IEnumerable<double> values)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in values) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return low <= high ? (low, high) : (0, 1);
    }

    /// <summary>The least of 1, 2 and 5 times a power of ten that is not below a step.</summary>
    private static double NiceStep(double step)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        return (step / power) switch { <= 1.0001 => 1, <= 2.0001 => 2, <= 5.0001 => 5, _ => 10 } * power;
    }
}
