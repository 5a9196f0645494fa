using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Trunks;

namespace Graft.Studies.Studies.Reservoirs.Tasks;

/// <summary>NARMA-10 (Atiya, Parlos, IEEE Transactions on Neural Networks 11, 2000): 2,000 steps to train and 2,000 to test, the error of the present target.</summary>
internal sealed class NarmaTask : BenchmarkTask
{
    private const int Steps = 2000, Washout = 200;

    public override string Measure => "narma";

    public override string Title => "NARMA-10, 200 units";

    public override string Label => "NMSE (less is better)";

    public override int Cost => 1;

    public override IReadOnlyList<(string Name, ReservoirOptions Reservoir)> Reservoirs =>
        Layouts(new ReservoirOptions { Units = 200, SpectralRadius = 0.9, LeakRate = 1, InputScaling = 0.1, BiasScaling = 0.5 }, many: 40);

    public override double Run(ReservoirOptions reservoir, ulong seed, bool isQuick)
    {
        DrivenSeries series = Narma.Generate(2 * Steps, seed: 2 * seed), validation = Narma.Generate(Steps, seed: (2 * seed) + 1);
        EchoStateNetworkOptions options = new()
        {
            Trunk = Reservoir.Create(reservoir with { Seed = seed }, threads: 1),
            Threads = 1,
            Washout = Washout,
            InputScaling = ScalingMethod.None,
            OutputScaling = ScalingMethod.None,
        };
        EchoStateNetwork network = Choose(
            series.Inputs.Slice(0, Steps), series.Targets.Slice(0, Steps), Powers(-14, -13, -12, -11, -10, -9, -8, -7, -6, -5, -4), options,
            n => Error(validation.Targets.Slice(Washout, Steps - Washout), n.Predict(validation.Inputs).Slice(Washout, Steps - Washout)));
        return Error(series.Targets.Slice(Steps, Steps), network.Continue(series.Inputs.Slice(Steps, Steps)).Outputs);
    }

    private static double Error(Matrix truth, Matrix predicted) => SeriesMetrics.Nmse(truth.Values, predicted.Values);
}
