using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Trunks;

namespace Graft.Studies.Studies.Reservoirs.Tasks;

/// <summary>
/// Lorenz' system of 1963 in steps of 0.02: 5,000 steps to train, free runs from starts on another piece of the attractor. The measure is the median time until the normalized error is over 0.4, in Lyapunov
/// times (Pathak et al., Chaos 27, 2017).
/// </summary>
internal sealed class LorenzTask : BenchmarkTask
{
    private const int Washout = 100, Longest = 2000, Apart = 250;
    private const double Step = 0.02, Threshold = 0.4;

    public override string Measure => "lorenz";

    public override string Title => "Lorenz 1963, 1,000 units";

    public override string Label => "valid Lyapunov times (more is better)";

    public override int Cost => 30;

    public override IReadOnlyList<(string Name, ReservoirOptions Reservoir)> Reservoirs =>
        Layouts(new ReservoirOptions { Units = 1000, SpectralRadius = 0.4, LeakRate = 1, InputScaling = 0.1, SquareHalf = true, PassInputs = true }, many: 100);

    public override double Run(ReservoirOptions reservoir, ulong seed, bool isQuick)
    {
        if (isQuick) reservoir = reservoir with { Units = 100 };
        Matrix series = Lorenz63.Generate(5001, new FlowOptions { Step = Step, Seed = 3 * seed });
        EchoStateNetworkOptions options = new() { Threads = 1, Trunk = Reservoir.Create(reservoir with { Seed = seed }, 3, threads: 1), Washout = Washout };
        EchoStateNetwork network = Choose(series.Slice(0, 5000), series.Slice(1, 5000), Powers(-22, -20, -18, -16, -14, -12, -10, -8), options, n => -Time(n, (3 * seed) + 1, 10));
        return Time(network, (3 * seed) + 2, isQuick ? 3 : 30);
    }

    private static double Time(EchoStateNetwork network, ulong seed, int starts)
    {
        Matrix series = Lorenz63.Generate(Washout + (starts * Apart) + Longest, new FlowOptions { Step = Step, Seed = seed });
        double[] deviations = [.. Enumerable.Range(0, 3).Select(i => Deviation(series, i))], times = new double[starts];
        network = network.WarmUp(series.Slice(0, Washout));
        for (int i = 0; i < starts; i++)
        {
            int at = Washout + (i * Apart);
            times[i] = SeriesMetrics.ValidPredictionTime(series.Slice(at, Longest), network.Generate(Longest), Step, Lorenz63.LyapunovExponent, Threshold, deviations);
            network = network.Continue(series.Slice(at, Apart)).Network;
        }

        return Median(times);
    }

    private static double Deviation(Matrix series, int column)
    {
        double[] values = [.. Enumerable.Range(0, series.Rows).Select(t => series[t, column])];
        double mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }
}
