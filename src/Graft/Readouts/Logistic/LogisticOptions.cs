using Graft.Threads;

namespace Graft.Readouts;

/// <summary>Options of <see cref="LogisticReadout"/>.</summary>
public sealed record LogisticOptions
{
    /// <summary>
    /// The penalty: half of it multiplies the squared weights, against the mean loss of a sample (scikit-learn's C is 1 / (penalty * rows)). Null: chosen by folds.
    /// </summary>
    public double? Penalty
    {
        get;
        init => field = value is null || (value > 0 && double.IsFinite(value.Value))
            ? value
            : throw new GraftException($"A logistic penalty is a finite number above zero, not {value}. Leave it out to have it chosen.");
    }

    /// <summary>The smallest penalty that folds try. They begin with the largest, and end before this one where the held-out loss has clearly turned.</summary>
    public double SmallestPenalty { get; init => field = Positive(value); } = 1e-4;

    /// <summary>The largest penalty that folds try.</summary>
    public double LargestPenalty { get; init => field = Positive(value); } = 10;

    /// <summary>How many penalties folds try, evenly spaced in their logarithm.</summary>
    public int GridPoints { get; init => field = PenaltyGrid.Points(value); } = 11;

    /// <summary>The number of folds.</summary>
    public int Folds { get; init => field = PenaltyGrid.Folds(value); } = 5;

    /// <summary>Decides which sample goes to which fold.</summary>
    public ulong Seed { get; init; }

    /// <summary>Divide each feature by its standard deviation.</summary>
    public bool Standardize { get; init; } = true;

    /// <summary>The weights of the classes.</summary>
    public ClassWeights ClassWeights { get; init; } = ClassWeights.None;

    /// <summary>Stop when no element of the gradient is larger.</summary>
    public double Tolerance { get; init => field = Positive(value); } = 1e-5;

    /// <summary>The most steps.</summary>
    public int MostIterations
    {
        get;
        init => field = value >= 1 ? value : throw new GraftException($"The number of iterations is at least 1, not {value}.");
    } = 500;

    /// <summary>Where to start; null: at zero.</summary>
    public LinearReadout? WarmStart { get; init; }

    /// <summary>How many threads work, the calling one included; 0 is one per processor. Results have the same bits on any number of them.</summary>
    public int Threads { get; init => field = WorkerPool.Checked(value); }

    private static double Positive(double value) => value > 0 && double.IsFinite(value)
        ? value
        : throw new GraftException($"Penalties and tolerances are finite numbers above zero, not {value}.");
}

/// <summary>A trained logistic readout. Its scores are logits: their softmax is the probabilities.</summary>
/// <param name="Readout">Weights and bias.</param>
/// <param name="Penalty">The penalty used.</param>
/// <param name="Curve">The held-out negative log-likelihood of the penalties tried, by rising penalty; empty where the penalty was given. Those below the point where it had clearly turned were not tried.</param>
/// <param name="Objective">The value reached: weighted mean loss plus penalty.</param>
/// <param name="GradientNorm">The largest element of the gradient where it stopped.</param>
/// <param name="Iterations">The steps taken.</param>
/// <param name="Converged">Whether the gradient came under the tolerance, or the objective stopped falling at working precision.</param>
public sealed record LogisticFit(
    LinearReadout Readout, double Penalty, IReadOnlyList<PenaltyScore> Curve, double Objective, double GradientNorm, int Iterations, bool Converged);
