namespace Graft.Training.Schedules;

/// <summary>
/// Half a cosine from <see cref="BaseRate"/> in the first step to <see cref="FinalRate"/> after the last (Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5, without restarts).
/// </summary>
/// <param name="BaseRate">The first rate.</param>
/// <param name="Steps">The number of steps.</param>
public sealed record CosineDecay(double BaseRate, long Steps) : Schedule
{
    /// <summary>The first rate.</summary>
    public double BaseRate { get; init => field = NotNegative(value); } = NotNegative(BaseRate);

    /// <summary>The number of steps.</summary>
    public long Steps { get; init => field = Positive(value); } = Positive(Steps);

    /// <summary>The rate after the last step.</summary>
    public double FinalRate { get; init => field = NotNegative(value); }

    /// <inheritdoc/>
    protected override double At(long step) => HalfCosine(BaseRate, FinalRate, (double)Math.Min(step, Steps) / Steps);
}
