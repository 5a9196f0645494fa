namespace Graft.Training.Schedules;

/// <summary>
/// Cuts a schedule short without cutting off its end: it is followed until a step, and from there the rate falls along half a cosine to the schedule's last one. A training that stops where
/// the rate is still high gives weights that were never settled.
/// </summary>
/// <param name="Whole">The schedule that is cut short.</param>
/// <param name="From">The first step that is no longer the schedule's.</param>
/// <param name="Steps">The number of steps from there to the end.</param>
/// <param name="LastRate">The rate of the last step.</param>
public sealed record CoolDown(Schedule Whole, long From, long Steps, double LastRate) : Schedule
{
    /// <summary>The schedule that is cut short.</summary>
    public Schedule Whole { get; init => field = value ?? throw new ArgumentNullException(nameof(Whole)); } = Whole ?? throw new ArgumentNullException(nameof(Whole));

    /// <summary>The first step that is no longer the schedule's.</summary>
    public long From { get; init => field = Positive(value); } = Positive(From);

    /// <summary>The number of steps from there to the end.</summary>
    public long Steps { get; init => field = Positive(value); } = Positive(Steps);

    /// <summary>The rate of the last step.</summary>
    public double LastRate { get; init => field = NotNegative(value); } = NotNegative(LastRate);

    /// <inheritdoc/>
    protected override double At(long step) =>
        step < From ? Whole.Rate(step) : HalfCosine(Whole.Rate(From - 1), LastRate, Math.Min(step - From + 1, Steps) / (double)Steps);
}
