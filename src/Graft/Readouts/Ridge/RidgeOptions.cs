using Graft.Threads;

namespace Graft.Readouts;

/// <summary>How a penalty is chosen.</summary>
public enum PenaltySelection
{
    /// <summary>
    /// Leave-one-out in closed form (Allen's PRESS, Technometrics 16, 1974): each sample's error by the fit to all others. One decomposition. (Its rotation-invariant kin, generalized cross-validation, takes noise for
    /// signal where features outnumber samples: on 100 photographs of flowers it chose no penalty to speak of, and 2.4 points less.)
    /// </summary>
    LeaveOneOut,

    /// <summary>Stratified folds: one decomposition a fold.</summary>
    Folds,
}

/// <summary>One point of the curve by which a penalty was chosen.</summary>
/// <param name="Penalty">The penalty.</param>
/// <param name="Score">Its score: lower is better.</param>
public readonly record struct PenaltyScore(double Penalty, double Score);

/// <summary>Options of <see cref="RidgeReadout"/>.</summary>
public sealed record RidgeOptions
{
    /// <summary>
    /// The penalty on the squared weights of the (standardized) features, against the sum of squared errors over samples of mean weight 1. Null: chosen from the data.
    /// </summary>
    public double? Penalty
    {
        get;
        init => field = value is null || (value > 0 && double.IsFinite(value.Value))
            ? value
            : throw new GraftException($"A ridge penalty is a finite number above zero, not {value}. Leave it out to have it chosen.");
    }

    /// <summary>How the penalty is chosen.</summary>
    public PenaltySelection Selection { get; init; } = PenaltySelection.LeaveOneOut;

    /// <summary>The smallest penalty tried, as a multiple of the mean squared singular value of the centred features.</summary>
    public double SmallestPenalty { get; init => field = PenaltyGrid.End(value); } = 1e-6;

    /// <summary>The largest penalty tried, as a multiple of the same.</summary>
    public double LargestPenalty { get; init => field = PenaltyGrid.End(value); } = 1e4;

    /// <summary>How many penalties are tried, evenly spaced in their logarithm.</summary>
    public int GridPoints { get; init => field = PenaltyGrid.Points(value); } = 61;

    /// <summary>The number of folds, where folds choose.</summary>
    public int Folds { get; init => field = PenaltyGrid.Folds(value); } = 5;

    /// <summary>Decides which sample goes to which fold.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Divide each feature by its standard deviation, so that the penalty treats all alike. Off: a trunk's pooled activations share a scale, and those that
    /// vary little say little (on features of photographs it was 0.4 to 0.6 points of top-1 better off, for 100 to 2,600 training images).
    /// </summary>
    public bool Standardize { get; init; }

    /// <summary>The weights of the classes.</summary>
    public ClassWeights ClassWeights { get; init; } = ClassWeights.None;

    /// <summary>How many threads work, the calling one included; 0 is one per processor. Results have the same bits on any number of them.</summary>
    public int Threads { get; init => field = WorkerPool.Checked(value); }
}

/// <summary>A trained ridge readout.</summary>
/// <param name="Readout">Weights and bias.</param>
/// <param name="Penalty">The penalty used.</param>
/// <param name="Curve">The scores of the penalties tried, by rising penalty; empty where the penalty was given.</param>
/// <param name="EffectiveDegreesOfFreedom">The trace of the hat matrix, the intercept included: how many samples' worth of freedom the fit used.</param>
/// <param name="LeaveOneOutScores">
/// [rows, outputs]: each training row's scores by the readout that the other rows would give with this penalty, in closed form. Honest data for
/// calibration where nothing was held out.
/// </param>
public sealed record RidgeFit(
    LinearReadout Readout, double Penalty, IReadOnlyList<PenaltyScore> Curve, double EffectiveDegreesOfFreedom, float[] LeaveOneOutScores);
