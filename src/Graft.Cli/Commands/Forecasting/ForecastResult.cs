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

    /// <summary>The number of the first row that is forecast, from 0.</summary>
    public required long FirstRow { get; init; }

    /// <summary>The part of the truth that should lie in the intervals.</summary>
    public required double Coverage { get; init; }

    /// <summary>What forecasts; null where every target is constant.</summary>
    public required Forecaster? Forecaster { get; init; }

    /// <summary>What people should know.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Which of the forecaster's targets has a name; below 0 for one that is constant, which needs no forecaster.</summary>
    public int TargetOf(string name) => Forecaster is null ? -1 : Forecaster.Targets.ToList().FindIndex(column => Forecaster.Names[column] == name);
}
