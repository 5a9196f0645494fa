using Graft.Threads;

namespace Graft.Readouts;

/// <summary>How a ridge regression is solved.</summary>
public enum RidgeSolver
{
    /// <summary>
    /// Householder reflectors on the features and the square root of the penalty: the error grows with the condition number. Takes penalties down to 1e-30 of the
    /// mean squared singular value.
    /// </summary>
    QR,

    /// <summary>
    /// The products of the features (normal equations) and a Cholesky factorization: half the work or less, but the error grows with the condition number squared, so
    /// that half the digits are lost. Right where the penalty is above 1e-10 of the mean squared singular value.
    /// </summary>
    Gram,

    /// <summary>
    /// The same with products rounded to float32 and summed in float64: the fastest, for penalties above 1e-9 of the features' sum of squares, which float32 states of a
    /// noisy series want anyway.
    /// </summary>
    SingleGram,

    /// <summary>
    /// The products of the rows with each other (dual variables): for fewer rows than features, where it is the cheapest and the exactest, since no error is found by cancellation. Keeps all
    /// rows; work and memory grow with their number squared. Takes penalties above 0.
    /// </summary>
    Dual,
}

/// <summary>What is done about the constant term.</summary>
public enum Intercept
{
    /// <summary>Fitted and not penalized: adding a constant to the targets adds it to the outputs.</summary>
    Free,

    /// <summary>Fitted and penalized like a weight, as if one more feature were always 1.</summary>
    Penalized,

    /// <summary>Left out: features of 0 give outputs of 0.</summary>
    None,
}

/// <summary>How a penalty is chosen from the training rows.</summary>
public enum PenaltyChoice
{
    /// <summary>Generalized cross-validation (Golub, Heath, Wahba, Technometrics 21, 1979): one factorization, whatever the number of penalties.</summary>
    Generalized,

    /// <summary>Leave one row out, in closed form: one factorization and one rotation of all rows.</summary>
    LeaveOneOut,

    /// <summary>Leave out contiguous blocks: for time series, whose neighbouring rows know each other.</summary>
    Blocks,

    /// <summary>Leave out random folds: for rows that are independent.</summary>
    RandomFolds,
}

/// <summary>Options of <see cref="RidgeRegression"/>.</summary>
public sealed record RidgeRegressionOptions
{
    /// <summary>
    /// The penalty on the squared weights, against the sum of squared errors over the rows: scipy's and reservoirpy's. 0 for ordinary least squares; null: chosen from
    /// the data.
    /// </summary>
    public double? Penalty
    {
        get;
        init => field = value is null || (value >= 0 && double.IsFinite(value.Value))
            ? value
            : throw new GraftException($"A ridge penalty is a finite number, 0 or above, not {value}. Leave it out to have it chosen.");
    }

    /// <summary>How the system is solved.</summary>
    public RidgeSolver Solver { get; init; } = RidgeSolver.QR;

    /// <summary>What is done about the constant term.</summary>
    public Intercept Intercept { get; init; } = Intercept.Free;

    /// <summary>A weight for each row, 0 or above: how often its squared error counts. Null: 1 for all.</summary>
    public IReadOnlyList<double>? RowWeights { get; init; }

    /// <summary>How the penalty is chosen, where it is not given.</summary>
    public PenaltyChoice Choice { get; init; } = PenaltyChoice.Generalized;

    /// <summary>The penalties tried. Null: a grid from <see cref="SmallestPenalty"/> to <see cref="LargestPenalty"/>.</summary>
    public IReadOnlyList<double>? Penalties
    {
        get;
        init => field = value is null || (value.Count > 0 && value.All(penalty => penalty > 0 && double.IsFinite(penalty)))
            ? value
            : throw new GraftException("The penalties tried are a list of finite numbers above zero. Leave it out for a grid.");
    }

    /// <summary>
    /// The smallest penalty of the grid, as a multiple of the features' mean squared singular value. Solvers by products do not go below 2e-15
    /// (single: 1e-9) of the sum of all squares, where products are no longer distinct from rounding.
    /// </summary>
    public double SmallestPenalty { get; init => field = PenaltyGrid.End(value); } = 1e-18;

    /// <summary>The largest penalty of the grid, as a multiple of the same.</summary>
    public double LargestPenalty { get; init => field = PenaltyGrid.End(value); } = 1e2;

    /// <summary>How many penalties the grid has, evenly spaced in their logarithm.</summary>
    public int GridPoints { get; init => field = PenaltyGrid.Points(value); } = 41;

    /// <summary>The number of folds, where folds choose.</summary>
    public int Folds { get; init => field = PenaltyGrid.Folds(value); } = 5;

    /// <summary>Decides which row goes to which random fold.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many threads work, the calling one included; 0 is one per processor. Results have the same bits on any number of them.</summary>
    public int Threads { get; init => field = WorkerPool.Checked(value); }
}

/// <summary>A trained regression readout.</summary>
/// <param name="Map">Weights and bias.</param>
/// <param name="Penalty">The penalty used.</param>
/// <param name="Curve">The scores of the penalties tried, by rising penalty: mean squared errors, summed over the outputs. Empty where the penalty was given.</param>
/// <param name="TrainingErrors">The mean squared error of each output on the training rows.</param>
public sealed record RegressionFit(LinearMap Map, double Penalty, IReadOnlyList<PenaltyScore> Curve, double[] TrainingErrors);
