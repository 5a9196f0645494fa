using System.Globalization;
using Graft.Reservoirs.Tasks;

namespace Graft.Cli.Commands.Forecasting;

/// <summary>Tells in words how a forecaster forecasts, and what is not known of it.</summary>
internal static class ForecastWords
{
    // With fewer forecasts than that which do not overlap, an error and a coverage say little.
    private const int FewForecasts = 5;

    /// <summary>What a forecaster does.</summary>
    public static string Describe(Forecaster model)
    {
        (string Name, string Way)[] ways = [.. model.Targets.Select((column, target) => ($"'{model.Names[column]}'", Way(model, target)))];
        IGrouping<string, string>[] groups = [.. ways.GroupBy(way => way.Way, way => way.Name)];
        return groups.Length == 1 ? groups[0].Key : string.Join("; ", groups.Select(group => $"for {string.Join(", ", group)} {group.Key}"));
    }

    /// <summary>What a program is told of the way a target is forecast.</summary>
    public static string Method(Repetition? repetition) => repetition switch
    {
        null => "network",
        { Rows: 1, Drift: 0 } => "last_value",
        { Rows: 1 } => "last_value_with_drift",
        { Drift: 0 } => "season",
        _ => "season_with_drift",
    };

    /// <summary>What could not be measured, or not well.</summary>
    public static IEnumerable<string> Doubts(Forecaster model)
    {
        ForecastValidation validation = model.Validation;
        int horizon = model.Horizon, apart = validation.Rows / horizon, measured = validation.NrmseByStep.ToList().FindLastIndex(nrmse => !double.IsNaN(nrmse)) + 1;
        if (apart < FewForecasts)
        {
            yield return
                $"Error and coverage are rough: {Amount.Of(validation.Rows, "row")} to judge on {Amount.Word(validation.Rows, "holds", "hold")} "
                + $"{(apart == 0 ? $"no whole forecast of {Amount.Of(horizon, "step")}" : $"{Amount.Of(apart, "forecast")} of {Amount.Of(horizon, "step")} that {Amount.Word(apart, "does", "do")} not overlap")}. A longer history tells more.";
        }

        if (measured > 0 && measured < horizon) yield return $"From step {measured + 1:N0} on no error could be measured: there the interval is as wide as before.";
    }

    /// <summary>A number that tells how good something is.</summary>
    public static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Way(Forecaster model, int target)
    {
        if (model.Repetitions[target] is { } repetition)
        {
            string rows = repetition.Rows == 1 ? "the last value" : $"the last season of {repetition.Rows} steps";
            return $"{rows} repeated{Drift(repetition.Drift, model.Preparation.Logarithms[target])}, for no network was clearly better where they were compared";
        }

        string differences = model.Preparation.Differencing switch
        {
            Differencing.First => ", on changes from row to row",
            Differencing.Seasonal => ", on changes from season to season",
            Differencing.Both => ", on changes from row to row and season to season",
            _ => "",
        };
        string season = model.Preparation.Season > 1 ? $", a season of {model.Preparation.Season} steps" : "", logarithms = model.Preparation.Logarithms.Any(l => l) ? ", logarithms" : "";
        return $"{Amount.Of(model.Network.Trunk.Features, "feature")}{differences}{season}{logarithms}, {(model.IsDirect ? "each step ahead by itself" : "step by step")}";
    }

    private static string Drift(double drift, bool isLogarithm) =>
        drift == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" with the drift of the history ({(isLogarithm ? $"{100 * double.ExpM1(drift):+0.##;-0.##} %" : $"{drift:+0.####;-0.####}")} a step)");
}
