namespace Graft.Training.Schedules;

/// <summary>
/// A line up to the first rate of another schedule, which follows: step t of n takes (t + 1) / (n + 1) of it, so that no step is lost at a rate of zero
/// (Goyal et al. 2017, arXiv:1706.02677, section 2.2).
/// </summary>
/// <param name="Then">What follows; its step 0 is the first after the warm-up.</param>
/// <param name="Steps">The number of steps of the warm-up; 0 for none.</param>
public sealed record WarmUp(Schedule Then, long Steps) : Schedule
{
    /// <summary>The number of steps of the warm-up.</summary>
    public long Steps { get; init => field = Checked(value); } = Checked(Steps);

    /// <inheritdoc/>
    protected override double At(long step) => step < Steps ? Then.Rate(0) * (step + 1) / (Steps + 1) : Then.Rate(step - Steps);

    private static long Checked(long steps) => steps >= 0
        ? steps
        : throw new GraftException($"A warm-up has at least 0 steps, not {steps}.");
}
