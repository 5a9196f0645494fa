namespace Graft.Training.Schedules;

/// <summary>The same rate in every step.</summary>
/// <param name="BaseRate">The rate.</param>
public sealed record ConstantRate(double BaseRate) : Schedule
{
    /// <summary>The rate.</summary>
    public double BaseRate { get; init => field = NotNegative(value); } = NotNegative(BaseRate);

    /// <inheritdoc/>
    protected override double At(long step) => BaseRate;
}
