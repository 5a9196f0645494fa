namespace Graft.Training.Losses;

/// <summary>What of a feature map is its style.</summary>
public enum StyleStatistics
{
    /// <summary>How the channels go together around the style's means: Gram matrices of features less these means (<see cref="GramLoss"/>).</summary>
    Covariance,

    /// <summary>How the channels go together: Gram matrices (<see cref="GramLoss"/>).</summary>
    Gram,

    /// <summary>The mean and the deviation of each channel (<see cref="MomentsLoss"/>).</summary>
    Moments,
}
