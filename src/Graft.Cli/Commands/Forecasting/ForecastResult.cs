using Graft.Cli.Plots;
using Graft.Cli.TableFiles.Times;
using Graft.Reservoirs.Tasks;

namespace Graft.Cli.Commands.Forecasting;

/// <summary>Forecasts of one or more targets.</summary>
internal sealed record ForecastResult
{
    /// <summary>Each target's history and forecast.</summary>
    public required IReadOnlyList<ForecastCurves> Curves { get; init; }

    /// <summary>What each step of the forecast is called: a time, or the number of the row.</summary>
    public required IReadOnlyList<string> Steps { get; init; }

    /// <summary>Which steps after the history they are, from 1: holidays are left out.</summary>
    public required IReadOnlyList<int> Ahead { get; init; }

    /// <summary>The times of the history; null where rows are numbered.</summary>
    public required SeriesTime? HistoryTime { get; init; }

    /// <summary>Whether the last value or season is what is forecast.</summary>
    public bool Repeats { get; init; }

    /// <summary>The number of the first row that is forecast, from 0.</summary>
    public required long FirstRow { get; init; }

    /// <summary>The part of the truth that should lie in the intervals.</summary>
    public required double Coverage { get; init; }

    /// <summary>How good it was on held-out data; null where every target is constant.</summary>
    public required ForecastValidation? Validation { get; init; }

    /// <summary>The errors of each target by its name; one that is always the same has none.</summary>
    public IReadOnlyDictionary<string, ForecastErrors> Errors { get; init; } = new Dictionary<string, ForecastErrors>();

    /// <summary>What people should know.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>What the model does, in words; null where there is none.</summary>
    public string? Model { get; init; }

    /// <summary>The errors of a forecaster's targets by name.</summary>
    public static IReadOnlyDictionary<string, ForecastErrors> ErrorsOf(Forecaster model) =>
        model.Targets.Zip(model.Validation.ByTarget).ToDictionary(pair => model.Names[pair.First], pair => pair.Second);
}
