using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Trunks;

namespace Graft.Studies.Studies.Reservoirs.Tasks;

/// <summary>
/// Memory capacity (Jaeger, GMD report 152, 2002): independent uniform inputs, so weak that units stay linear, recalled 1 to 200 steps later; the sum of the squared correlations over 10,000 steps that were
/// not fitted.
/// </summary>
internal sealed class MemoryTask : BenchmarkTask
{
    private const int Delays = 200, Train = 5000, Validation = 2000, Test = 10_000;

    public override string Measure => "memory";

    public override string Title => "Memory, 100 units";

    public override string Label => "memory capacity, steps (more is better)";

    public override int Cost => 4;

    public override IReadOnlyList<(string Name, ReservoirOptions Reservoir)> Reservoirs
    {
        get
        {
            ReservoirOptions reservoir = new() { Units = 100, LeakRate = 1, InputScaling = 0.01, BiasScaling = 0 };
            return
            [
                .. Layouts(reservoir with { SpectralRadius = 0.9 }, many: 40),
                ("orthogonal", reservoir with { Topology = ReservoirTopology.Orthogonal, SpectralRadius = 0.97 }),
            ];
        }
    }

    public override double Run(ReservoirOptions reservoir, ulong seed, bool isQuick)
    {
        int test = isQuick ? 1000 : Test;
        Matrix inputs = UniformSeries.Generate(Train + Validation + test, seed: seed), targets = UniformSeries.Delayed(inputs, Delays);
        EchoStateNetworkOptions options = new()
        {
            Trunk = Reservoir.Create(reservoir with { Seed = seed }, threads: 1),
            Threads = 1,
            Washout = Delays,
            InputScaling = ScalingMethod.None,
            OutputScaling = ScalingMethod.None,
        };
        Matrix seen = inputs.Slice(Train, Validation), later = inputs.Slice(Train + Validation, test);
        EchoStateNetwork network = Choose(
            inputs.Slice(0, Train), targets.Slice(0, Train), Powers(-26, -24, -22, -20, -18, -16, -14, -12, -10, -8, -6), options,
            n => -SeriesMetrics.MemoryCapacity(targets.Slice(Train, Validation), n.Continue(seen).Outputs).Total);
        return SeriesMetrics.MemoryCapacity(targets.Slice(Train + Validation, test), network.Continue(seen).Network.Continue(later).Outputs).Total;
    }
}
