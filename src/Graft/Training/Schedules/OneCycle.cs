namespace Graft.Training.Schedules;

/// <summary>
/// Up to a high rate and down to almost nothing, both along half cosines (Smith and Topin 2017, arXiv:1708.07120, in the form of PyTorch's OneCycleLR, without
/// its cycle of the momentum).
/// </summary>
/// <param name="HighestRate">The rate at the top.</param>
/// <param name="Steps">The number of steps.</param>
public sealed record OneCycle(double HighestRate, long Steps) : Schedule
{
    /// <summary>The rate at the top.</summary>
    public double HighestRate { get; init => field = NotNegative(value); } = NotNegative(HighestRate);

    /// <summary>The number of steps; the top is at step <see cref="RisingPart"/> * Steps - 1.</summary>
    public long Steps { get; init => field = Positive(value); } = Positive(Steps);

    /// <summary>The part of the steps in which the rate rises, above 0 and below 1.</summary>
    public double RisingPart
    {
        get;
        init => field = value is > 0 and < 1
            ? value
            : throw new GraftException($"The part of the steps in which the rate rises is above 0 and below 1, not {value}.");
    } = 0.3;

    /// <summary>The first rate is the highest divided by this.</summary>
    public double FirstDivisor { get; init => field = Positive(value); } = 25;

    /// <summary>The last rate is the first divided by this.</summary>
    public double LastDivisor { get; init => field = Positive(value); } = 1e4;

    /// <inheritdoc/>
    protected override double At(long step)
    {
        if (Steps == 1) return HighestRate;
        double first = HighestRate / FirstDivisor, top = (RisingPart * Steps) - 1, last = Steps - 1;
        double at = Math.Min(step, last);

        // With so few steps that the top lies before the first, the rate only falls.
        if (at <= top) return top > 0 ? HalfCosine(first, HighestRate, at / top) : HighestRate;
        return HalfCosine(HighestRate, first / LastDivisor, (at - top) / (last - top));
    }
}
