using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>A forecast with its interval.</summary>
/// <param name="Value">[steps, targets].</param>
/// <param name="Low">[steps, targets]: the lower ends of the intervals.</param>
/// <param name="High">[steps, targets]: the upper ends of the intervals.</param>
public sealed record Forecast(Matrix Value, Matrix Low, Matrix High)
{
    /// <summary>The forecast of one target, step by step.</summary>
    /// <param name="target">The index of the target among those that are forecast.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such target.</exception>
    public IReadOnlyList<ForecastRow> Rows(int target = 0)
    {
        if (target < 0 || target >= Value.Columns) throw new ArgumentOutOfRangeException(nameof(target), target, $"The forecast has {Amount.Of(Value.Columns, "target")}, from 0.");
        return [.. Enumerable.Range(0, Value.Rows).Select(step => new ForecastRow(Value[step, target], Low[step, target], High[step, target]))];
    }
}

/// <summary>The forecast of one step.</summary>
/// <param name="Value">What is expected.</param>
/// <param name="Low">The lower end of the interval.</param>
/// <param name="High">The upper end of the interval.</param>
public sealed record ForecastRow(double Value, double Low, double High);

/// <summary>How good forecasts were on rows of the history on which the forecaster was neither fitted nor chosen, and which did not set its intervals.</summary>
public sealed record ForecastValidation
{
    /// <summary>The root mean squared error over all origins and steps ahead, in standard deviations of the target in the part held out; the mean over the targets. NaN where none could be measured.</summary>
    public required double Nrmse { get; init; }

    /// <summary>The same for each step ahead; NaN for steps that no such row was so many after an origin.</summary>
    public required IReadOnlyList<double> NrmseByStep { get; init; }

    /// <summary>The errors of each target by itself, in the order of the targets.</summary>
    public required IReadOnlyList<ForecastErrors> ByTarget { get; init; }

    /// <summary>The same for the forecast that nothing changes.</summary>
    public required double LastValueNrmse { get; init; }

    /// <summary>The same for the forecast that the last season repeats; NaN where there is no season.</summary>
    public required double SeasonalNrmse { get; init; }

    /// <summary>The part of the truth on those rows that lies within the intervals, whose widths other rows set. NaN where none could be measured.</summary>
    public required double Coverage { get; init; }

    /// <summary>How many origins were forecast from.</summary>
    public required int Origins { get; init; }

    /// <summary>The first row of the part held out.</summary>
    public required int FirstRow { get; init; }

    /// <summary>How many of its rows judge.</summary>
    public required int Rows { get; init; }

    /// <summary>How many values are missing from the whole history.</summary>
    public required int Missing { get; init; }
}

/// <summary>The root mean squared errors of forecasts of one target, in its standard deviations.</summary>
/// <param name="Nrmse">Of the forecaster.</param>
/// <param name="LastValueNrmse">Of the forecast that nothing changes.</param>
/// <param name="SeasonalNrmse">Of the forecast that the last season repeats; NaN where there is no season.</param>
/// <param name="Coverage">The part of the truth that lies within the intervals; NaN where none could be measured.</param>
/// <param name="Values">How many forecast values were compared with what came.</param>
public sealed record ForecastErrors(double Nrmse, double LastValueNrmse, double SeasonalNrmse, double Coverage, int Values);
