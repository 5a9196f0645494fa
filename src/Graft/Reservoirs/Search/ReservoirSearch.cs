using System.Collections.Immutable;
using Graft.Numerics;
using Graft.Reservoirs.Tasks;
using Graft.Reservoirs.Trunks;

namespace Graft.Reservoirs.Search;

/// <summary>Searches for the reservoir that forecasts a history best. Candidates are scored by rolling origin inside the part of the history that <see cref="Forecaster"/> does not validate on.</summary>
public static class ReservoirSearch
{
    /// <summary>The name of the spectral radius.</summary>
    public const string SpectralRadius = "spectral_radius";

    /// <summary>The name of the leak rate.</summary>
    public const string LeakRate = "leak_rate";

    /// <summary>The name of the scaling of inputs.</summary>
    public const string InputScaling = "input_scaling";

    /// <summary>The name of the scaling of biases.</summary>
    public const string BiasScaling = "bias_scaling";

    /// <summary>The name of the number of connections of a unit.</summary>
    public const string Connections = "connections";

    /// <summary>The name of the readout's penalty.</summary>
    public const string Penalty = "penalty";

    /// <summary>What is searched for unless said otherwise.</summary>
    public static ImmutableArray<SearchParameter> Defaults { get; } =
    [
        new(SpectralRadius, 0.1, 1.3),
        new(LeakRate, 0.05, 1, isLogarithmic: true),
        new(InputScaling, 0.03, 3, isLogarithmic: true),
        new(BiasScaling, 0, 1),
        new(Connections, 3, 60, isLogarithmic: true),
        new(Penalty, 1e-10, 1e3, isLogarithmic: true),
    ];

    /// <summary>Searches.</summary>
    /// <param name="series">[time, columns].</param>
    /// <param name="forecast">What is to be forecast; its network is where the search starts from.</param>
    /// <param name="options">Options of the search; null for the defaults.</param>
    /// <param name="parameters">What is searched for; null: <see cref="Defaults"/>.</param>
    /// <param name="progress">Is told each new trial.</param>
    /// <param name="cancellation">Stops between fits.</param>
    /// <returns>What was found, and options to fit a forecaster with.</returns>
    /// <exception cref="GraftException">The history does not fit the options, a parameter has no such name, or every candidate failed.</exception>
    public static (SearchResult Result, ForecasterOptions Options) Run(
        Matrix series,
        ForecasterOptions? forecast = null,
        SearchOptions? options = null,
        IReadOnlyList<SearchParameter>? parameters = null,
        IProgress<SearchTrial>? progress = null,
        CancellationToken cancellation = default)
    {
        forecast ??= new ForecasterOptions();
        options ??= new SearchOptions();
        ImmutableArray<SearchParameter> space = [.. parameters ?? Defaults];
        ForecasterOptions searched = forecast with { Network = forecast.Network with { Threads = options.Threads } };
        Apply(searched.Network, space, [.. space.Select(parameter => parameter.At(0.5))]);
        ForecasterFitting fitting = new(series, searched, null, cancellation);
        Func<EchoStateNetworkOptions, double, double> score = fitting.Scorer();
        SearchResult result = ParameterSearch.Run(space, (values, budget, _) => score(Apply(searched.Network, space, values), budget), options, progress, cancellation);
        return (result, forecast with { Network = Apply(forecast.Network, space, result.Best.Values) });
    }

    private static EchoStateNetworkOptions Apply(EchoStateNetworkOptions network, ImmutableArray<SearchParameter> parameters, ImmutableArray<double> values)
    {
        if (network.Trunk is not null)
            throw new GraftException("A search changes the reservoir that is drawn, and these options have a trunk of their own. Leave it out.");
        ReservoirOptions reservoir = network.Reservoir;
        for (int i = 0; i < values.Length; i++)
        {
            double value = values[i];
            (reservoir, network) = parameters[i].Name switch
            {
                SpectralRadius => (reservoir with { SpectralRadius = value }, network),
                LeakRate => (reservoir with { LeakRate = value, LeakRateTo = null }, network),
                InputScaling => (reservoir with { InputScaling = value }, network),
                BiasScaling => (reservoir with { BiasScaling = value }, network),
                Connections => (reservoir with { Connections = (int)Math.Round(value), Density = null }, network),
                Penalty => (reservoir, network with { Readout = network.Readout with { Penalty = value } }),
                string other => throw new GraftException(
                    $"There is no parameter '{other}'; there are {SpectralRadius}, {LeakRate}, {InputScaling}, {BiasScaling}, {Connections} and {Penalty}."),
            };
        }

        return network with { Reservoir = reservoir };
    }
}
