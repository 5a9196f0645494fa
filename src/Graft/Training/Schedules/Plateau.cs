namespace Graft.Training.Schedules;

/// <summary>Options of <see cref="Plateau"/>.</summary>
public sealed record PlateauOptions
{
    /// <summary>Whether a higher value is better (an accuracy) or a lower one (a loss).</summary>
    public bool HigherIsBetter { get; init; }

    /// <summary>What the rate is multiplied by when the value has stopped getting better.</summary>
    public double Factor
    {
        get;
        init => field = value is > 0 and < 1
            ? value
            : throw new GraftException($"The factor of a plateau is above 0 and below 1, not {value}.");
    } = 0.1;

    /// <summary>How many reports without a better value are borne.</summary>
    public int Patience { get; init => field = NotNegative(value, "The patience of a plateau"); } = 10;

    /// <summary>How many reports after a reduction are not counted.</summary>
    public int Cooldown { get; init => field = NotNegative(value, "The cooldown of a plateau"); }

    /// <summary>The part of the best value by which another must beat it.</summary>
    public double Threshold
    {
        get;
        init => field = value is >= 0 and < 1
            ? value
            : throw new GraftException($"The threshold of a plateau is at least 0 and below 1, not {value}.");
    } = 1e-4;

    /// <summary>The multiplier never falls below this.</summary>
    public double LowestScale
    {
        get;
        init => field = value is >= 0 and <= 1
            ? value
            : throw new GraftException($"The lowest multiplier of a plateau is in [0, 1], not {value}.");
    }

    private static int NotNegative(int value, string what) => value >= 0
        ? value
        : throw new GraftException($"{what} is at least 0, not {value}.");
}

/// <summary>All that a <see cref="Plateau"/> remembers.</summary>
/// <param name="Scale">The multiplier of the learning rate.</param>
/// <param name="Best">The best value yet; null before the first.</param>
/// <param name="Worse">How many reports have passed without a better one.</param>
/// <param name="Cooling">How many reports are still not counted.</param>
internal sealed record PlateauState(double Scale, double? Best, int Worse, int Cooling);

/// <summary>
/// Lowers the learning rate when a validation value stops getting better, as PyTorch's ReduceLROnPlateau with a relative threshold. It is a multiplier: the rate of a step is
/// <c>schedule.Rate(step) * plateau.Scale</c>.
/// </summary>
/// <param name="options">Options; null for the defaults.</param>
public sealed class Plateau(PlateauOptions? options = null)
{
    private readonly PlateauOptions options = options ?? new PlateauOptions();

    /// <summary>All that it remembers: save it, and set it to resume.</summary>
    internal PlateauState State { get; set; } = new(1, null, 0, 0);

    /// <summary>What the learning rate is multiplied by.</summary>
    public double Scale => State.Scale;

    /// <summary>Takes the validation value of an epoch.</summary>
    /// <param name="value">The value; one that is not a number counts as worse.</param>
    /// <returns>Whether the multiplier fell.</returns>
    public bool Report(double value)
    {
        (double scale, double? best, int worse, int cooling) = State;
        if (IsBetter(value, best)) (best, worse) = (value, 0);
        else worse++;
        if (cooling > 0) (worse, cooling) = (0, cooling - 1);
        double lowered = scale;
        if (worse > options.Patience)
        {
            lowered = Math.Max(scale * options.Factor, options.LowestScale);
            (worse, cooling) = (0, options.Cooldown);
        }

        State = new(lowered, best, worse, cooling);
        return lowered < scale;
    }

    private bool IsBetter(double value, double? best)
    {
        if (best is not double b) return !double.IsNaN(value);
        return options.HigherIsBetter ? value > b * (1 + options.Threshold) : value < b * (1 - options.Threshold);
    }
}
