using Graft.Cli.Output;
using Graft.Formats;
using Graft.Reservoirs;
using Graft.Reservoirs.Tasks;
using Graft.Reservoirs.Trunks;

namespace Graft.Cli.Commands.Forecasting;

/// <summary>What <c>graft inspect</c> says of a file for series.</summary>
/// <param name="Kind">forecaster or network.</param>
/// <param name="Architecture">The trunk.</param>
/// <param name="Inputs">The number of series that it reads at each step.</param>
/// <param name="Features">The number of features that the readout gets.</param>
/// <param name="Parameters">The number of trained weights, those of the readout.</param>
/// <param name="Precision">The number type of the states.</param>
/// <param name="Penalty">The penalty of the readout.</param>
internal sealed record SeriesInspection(string Kind, string Architecture, int Inputs, int Features, int Parameters, string Precision, double Penalty)
{
    /// <summary>The columns that a forecaster forecasts; null for a network.</summary>
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>How each of them is forecast, in the words of <c>graft forecast --json</c>; null for a network.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>The columns whose future it is given; null for a network.</summary>
    public IReadOnlyList<string>? Known { get; init; }

    /// <summary>How many steps ahead it was validated; null for a network.</summary>
    public int? Horizon { get; init; }

    /// <summary>The rows of a season, 1 for none; null for a network.</summary>
    public int? Season { get; init; }

    /// <summary>The rows that it has seen; null for a network.</summary>
    public long? Rows { get; init; }

    /// <summary>The time of the last of them; null where there is none.</summary>
    public string? LastTime { get; init; }

    /// <summary>The normalized error of its validation; null for a network.</summary>
    public double? Nrmse { get; init; }

    /// <summary>Where it came from.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get; init; } = new Dictionary<string, string>();

    public static SeriesInspection Of(string path, SeriesFileKind kind)
    {
        if (kind == SeriesFileKind.Network) return Of("network", SeriesFile.LoadNetwork(path));
        Forecaster forecaster = SeriesFile.LoadForecaster(path);
        return Of("forecaster", forecaster.Network) with
        {
            Targets = [.. forecaster.Targets.Select(column => forecaster.Names[column])],
            Methods = [.. forecaster.Repetitions.Select(ForecastWords.Method)],
            Known = [.. forecaster.Known.Select(column => forecaster.Names[column])],
            Horizon = forecaster.Horizon,
            Season = forecaster.Preparation.Season,
            Rows = forecaster.State.Rows,
            LastTime = forecaster.LastTime,
            Nrmse = double.IsNaN(forecaster.Validation.Nrmse) ? null : forecaster.Validation.Nrmse,
            Provenance = forecaster.Provenance,
        };
    }

    public void Show(Terminal terminal)
    {
        Facts facts = new();
        facts.Add("kind", Kind == "network" ? "an echo state network" : "a forecaster of series");
        facts.Add("trunk", Architecture);
        facts.Add("reads", $"{Inputs:N0} series");
        facts.Add("features", $"{Features:N0}, {Precision}");
        facts.Add("readout", FormattableString.Invariant($"{Amount.Of(Parameters, "weight")}, penalty {Penalty:0.##E+0}"));
        if (Targets is not null) facts.Add("forecasts", string.Join(", ", Targets.Zip(Methods!, (name, method) => method == "network" ? name : $"{name} ({method.Replace('_', ' ')})")));
        if (Known is { Count: > 0 }) facts.Add("given", string.Join(", ", Known));
        if (Horizon is { } horizon) facts.Add("horizon", $"{Amount.Of(horizon, "step")}, normalized error {(Nrmse is { } error ? ForecastWords.Number(error) : "unknown")}");
        if (Season > 1) facts.Add("season", $"{Season:N0} steps");
        if (Rows is { } rows) facts.Add("has seen", $"{Amount.Of(rows, "row")}{(LastTime is null ? "" : $", the last at {LastTime}")}");
        foreach ((string key, string value) in Provenance) facts.Add(key, value);
        facts.Show(terminal);
    }

    private static SeriesInspection Of(string kind, EchoStateNetwork network) => new(
        kind, Name(network.Trunk), network.Inputs, network.Trunk.Features, network.Readout.Weights.Values.Length + network.Readout.Bias.Length,
        network.Trunk.Precision == StatePrecision.Float32 ? "float32" : "float64", network.Penalty);

    private static string Name(SequenceTrunk trunk) => trunk switch
    {
        Reservoir reservoir => $"reservoir of {Amount.Of(reservoir.Units, "unit")}, {Amount.Of(reservoir.Weights.Recurrent.Count, "connection")}",
        DeepReservoir deep => $"deep reservoir of {Amount.Of(deep.Layers.Count, "layer")}",
        ParallelReservoir parallel => $"{Amount.Of(parallel.Parts.Count, "parallel reservoir")}",
        NonlinearVectorAutoregression => "nonlinear vector autoregression",
        _ => trunk.GetType().Name,
    };
}
