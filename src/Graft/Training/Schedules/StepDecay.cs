namespace Graft.Training.Schedules;

/// <summary>The rate is multiplied by <see cref="Factor"/> after every so many steps.</summary>
/// <param name="BaseRate">The first rate.</param>
/// <param name="Every">The number of steps at each rate.</param>
public sealed record StepDecay(double BaseRate, long Every) : Schedule
{
    /// <summary>The first rate.</summary>
    public double BaseRate { get; init => field = NotNegative(value); } = NotNegative(BaseRate);

    /// <summary>The number of steps at each rate.</summary>
    public long Every { get; init => field = Positive(value); } = Positive(Every);

    /// <summary>What the rate is multiplied by.</summary>
    public double Factor { get; init => field = Positive(value); } = 0.1;

    /// <inheritdoc/>
    protected override double At(long step) => BaseRate * Math.Pow(Factor, step / Every);
}
