namespace Graft.Training.Schedules;

/// <summary>From one rate to another, each step by the same factor: for a range test (Smith 2017, arXiv:1506.01186, section 3.3).</summary>
/// <param name="FirstRate">The rate of the first step.</param>
/// <param name="LastRate">The rate of the last step.</param>
/// <param name="Steps">The number of steps.</param>
internal sealed record ExponentialSweep(double FirstRate, double LastRate, long Steps) : Schedule
{
    /// <summary>The rate of the first step.</summary>
    public double FirstRate { get; init => field = Positive(value); } = Positive(FirstRate);

    /// <summary>The rate of the last step.</summary>
    public double LastRate { get; init => field = Positive(value); } = Positive(LastRate);

    /// <summary>The number of steps.</summary>
    public long Steps { get; init => field = Positive(value); } = Positive(Steps);

    /// <inheritdoc/>
    protected override double At(long step) => step >= Steps - 1 ? LastRate : FirstRate * Math.Pow(LastRate / FirstRate, step / (Steps - 1.0));
}
