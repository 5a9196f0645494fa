using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Trunks;

namespace Graft.Studies.Studies.Reservoirs.Tasks;

/// <summary>
/// Mackey-Glass with a delay of 17, squashed by tanh(y - 1): 3,000 steps to train, 1,000 of which are washout; then free runs of 84 steps from 100 starts on another piece of the attractor. The measure is
/// log10 of the median over the starts of the error at the last step, in standard deviations (Jaeger, Haas, Science 304, 2004, whose figure is the root mean square).
/// </summary>
internal sealed class MackeyGlassTask : BenchmarkTask
{
    public const int Washout = 1000;
    private const int Horizon = 84, Apart = 50;

    public override string Measure => "mackey_glass";

    public override string Title => "Mackey-Glass, 1,000 units";

    public override string Label => "log10 NRMSE84 (less is better)";

    public override int Cost => 20;

    public override IReadOnlyList<(string Name, ReservoirOptions Reservoir)> Reservoirs => Layouts(Usual, many: 100);

    /// <summary>The reservoir that is usual for it.</summary>
    public static ReservoirOptions Usual { get; } = new() { Units = 1000, SpectralRadius = 0.9, LeakRate = 0.7, BiasScaling = 0.2 };

    public override double Run(ReservoirOptions reservoir, ulong seed, bool isQuick)
    {
        Matrix series = Training(seed);
        EchoStateNetwork network = Choose(series.Slice(0, 3000), series.Slice(1, 3000), Powers(-18, -17, -16, -15, -14, -13, -12, -11, -10, -9, -8, -7), Network(reservoir, seed, isQuick), n => Error(n, (3 * seed) + 1, 30));
        return Math.Log10(Error(network, (3 * seed) + 2, isQuick ? 10 : 100));
    }

    /// <summary>What is learned from: 3,000 steps, and the one after them.</summary>
    public static Matrix Training(ulong seed) => MackeyGlass.Generate(3001, new MackeyGlassOptions { Squash = true, Seed = 3 * seed });

    /// <summary>The network, which sees the series as it is.</summary>
    public static EchoStateNetworkOptions Network(ReservoirOptions reservoir, ulong seed, bool isQuick) => new()
    {
        Trunk = Reservoir.Create(reservoir with { Seed = seed, Units = isQuick ? 100 : reservoir.Units }, threads: 1),
        Threads = 1,
        Washout = Washout,
        InputScaling = ScalingMethod.None,
        OutputScaling = ScalingMethod.None,
    };

    /// <summary>The median error of free runs over 84 steps, on a series of its own.</summary>
    public static double Error(EchoStateNetwork network, ulong seed, int starts)
    {
        Matrix series = MackeyGlass.Generate(Washout + (starts * Apart) + Horizon, new MackeyGlassOptions { Squash = true, Seed = seed });
        double[] all = [.. series.Values.ToArray().Select(MackeyGlass.Unsquash)], truth = new double[starts], forecast = new double[starts];
        double mean = all.Average();
        network = network.WarmUp(series.Slice(0, Washout));
        for (int i = 0; i < starts; i++)
        {
            int at = Washout + (i * Apart);
            truth[i] = all[at + Horizon - 1];
            forecast[i] = MackeyGlass.Unsquash(Math.Clamp(network.Generate(Horizon)[Horizon - 1, 0], -1 + 1e-9, 1 - 1e-9));
            network = network.Continue(series.Slice(at, Apart)).Network;
        }

        return HorizonErrors.Measure(truth, forecast, Math.Sqrt(all.Average(value => (value - mean) * (value - mean)))).Median;
    }
}
