using System.Collections.Immutable;

namespace Graft.Reservoirs.Tasks;

/// <summary>Options of <see cref="Forecaster"/>.</summary>
public sealed record ForecasterOptions
{
    /// <summary>How many steps ahead are validated and get intervals; with <see cref="ForecastStrategy.Direct"/> also the most that can be forecast.</summary>
    public int Horizon
    {
        get;
        init => field = value >= 1 ? value : throw new GraftException($"A horizon is a number of steps from 1, not {value}.");
    } = 12;

    /// <summary>The columns to forecast. Empty: all that are not known ahead.</summary>
    public ImmutableArray<int> Targets { get; init; } = [];

    /// <summary>The columns whose future is known and given with each forecast: calendars, plans, prices. The remaining columns help as long as they are observed.</summary>
    public ImmutableArray<int> Known { get; init; } = [];

    /// <summary>The names of all columns; empty: numbers from 0.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>How more than one step ahead is forecast.</summary>
    public ForecastStrategy Strategy { get; init; }

    /// <summary>Which differences the network works on.</summary>
    public Differencing Differencing { get; init; }

    /// <summary>The rows of a season, 1 for none. Null: found from the first target's autocorrelation.</summary>
    public int? Season
    {
        get;
        init => field = value is null or >= 1 ? value : throw new GraftException($"A season has a number of rows from 1 (1 is no season), not {value}.");
    }

    /// <summary>Whether logarithms are forecast, so that swings may grow with the level. Null: each series decides, if it is positive and its swings do grow.</summary>
    public bool? Logarithm { get; init; }

    /// <summary>The part of the truth that should lie between low and high, in (0, 1).</summary>
    public double Coverage
    {
        get;
        init => field = value is > 0 and < 1 ? value : throw new GraftException($"Coverage is a part between 0 and 1, not {value}.");
    } = 0.9;

    /// <summary>The most origins in the held-out part that validation forecasts from.</summary>
    public int Origins
    {
        get;
        init => field = value >= 1 ? value : throw new GraftException($"Validation needs at least 1 origin, not {value}.");
    } = 100;

    /// <summary>
    /// The network. Its reservoir is made smaller for short series unless <see cref="EchoStateNetworkOptions.Trunk"/> is given. A penalty that is left open is chosen by the error of forecasts, on a part of
    /// the history that was not fitted.
    /// </summary>
    public EchoStateNetworkOptions Network { get; init; } = new() { Reservoir = new() { Units = 200, InputScaling = 0.1, LeakRate = 0.3, LeakRateTo = 1, PassInputs = true } };
}
