using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Trunks;

namespace Tour;

internal static class Trunks
{
    public static void Run()
    {
        DrivenSeries narma = Narma.Generate(3000);
        ReservoirOptions options = new() { Units = 200, InputScaling = 0.1, PassInputs = true };
        Reservoir overdriven = Reservoir.Create(options with { InputScaling = 5 });
        Dictionary<string, SequenceTrunk> trunks = new()
        {
            ["a reservoir"] = Reservoir.Create(options),
            ["overdriven"] = overdriven,
            ["overdriven, adapted"] = IntrinsicPlasticity.Adapt(overdriven, narma.Inputs.Slice(0, 1000)),
            ["two layers"] = DeepReservoir.Create([options with { Units = 100 }, options with { Units = 100 }]),
            ["delayed inputs"] = new NonlinearVectorAutoregression(new() { Delays = 12 }),
            ["both"] = new ParallelReservoir([Reservoir.Create(options), new NonlinearVectorAutoregression(new() { Delays = 12 })], inputs: 1),
        };
        foreach ((string name, SequenceTrunk trunk) in trunks)
        {
            Matrix features = trunk.Run(narma.Inputs, washout: 100), targets = narma.Targets.Slice(100, features.Rows);
            LinearMap readout = RidgeRegression.Fit(features.Slice(0, 2000), targets.Slice(0, 2000)).Map;
            double error = SeriesMetrics.Nrmse(targets.Slice(2000, 900), readout.Apply(features.Slice(2000, 900)));
            Console.WriteLine($"{name}: {error:0.000}");
        }

        Matrix lorenz = Lorenz63.Generate(4000);
        EchoStateNetwork network = EchoStateNetwork.FitSeries(lorenz.Slice(0, 3000), new() { Trunk = new NonlinearVectorAutoregression(inputs: 3), Readout = new() { Penalty = 1e-6 } });
        double time = SeriesMetrics.ValidPredictionTime(lorenz.Slice(3000, 1000), network.Generate(1000), new FlowOptions().Step, Lorenz63.LyapunovExponent);
        Console.WriteLine($"right for {time:0.0} Lyapunov times");
    }
}
