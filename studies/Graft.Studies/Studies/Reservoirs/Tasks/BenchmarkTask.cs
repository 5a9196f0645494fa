using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;

namespace Graft.Studies.Studies.Reservoirs.Tasks;

/// <summary>A task that echo state networks are measured by.</summary>
internal abstract class BenchmarkTask
{
    /// <summary>What is measured, for the table of rows.</summary>
    public abstract string Measure { get; }

    /// <summary>What is measured, for people.</summary>
    public abstract string Title { get; }

    /// <summary>The unit and direction of the measure.</summary>
    public abstract string Label { get; }

    /// <summary>How much work a seed is, in no unit.</summary>
    public abstract int Cost { get; }

    /// <summary>The reservoirs that are compared, side by side.</summary>
    public abstract IReadOnlyList<(string Name, ReservoirOptions Reservoir)> Reservoirs { get; }

    /// <summary>Fits with the penalty that is best on validation data, and measures on test data, both of which nothing was fitted on.</summary>
    public abstract double Run(ReservoirOptions reservoir, ulong seed, bool isQuick);

    /// <summary>The same reservoir with few connections, with many in rows of their own, and with as many in columns that 16 rows share.</summary>
    protected static IReadOnlyList<(string Name, ReservoirOptions Reservoir)> Layouts(ReservoirOptions reservoir, int many) =>
    [
        ("10, in rows", reservoir with { Connections = 10, Layout = WeightLayout.Rows }),
        ($"{many}, in rows", reservoir with { Connections = many, Layout = WeightLayout.Rows }),
        ($"{many}, shared", reservoir with { Connections = many, Layout = WeightLayout.SharedColumns }),
    ];

    /// <summary>The network with the least score among those of some penalties.</summary>
    protected static EchoStateNetwork Choose(Matrix inputs, Matrix targets, IReadOnlyList<double> penalties, EchoStateNetworkOptions options, Func<EchoStateNetwork, double> score) =>
        EchoStateNetwork.FitPenalties(inputs, targets, penalties, options).MinBy(network => score(network) is var value && double.IsNaN(value) ? double.PositiveInfinity : value)!;

    /// <summary>1e-k for some k.</summary>
    protected static IReadOnlyList<double> Powers(params int[] exponents) => [.. exponents.Select(exponent => Math.Pow(10, exponent))];

    protected static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
