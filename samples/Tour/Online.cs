using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs.Online;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Trunks;

namespace Tour;

internal static class Online
{
    public static void Run()
    {
        Matrix wave = MultipleSuperimposedOscillators.Generate(4000, oscillators: 1);
        Reservoir loop = Reservoir.Create(new() { Units = 300, SpectralRadius = 1.5, LeakRate = 0.3 }, inputs: 0, outputs: 1);
        using SequenceSession session = loop.CreateSession();
        RecursiveLeastSquares readout = new(loop.Features, outputs: 1, new() { Penalty = 0.01 });
        Matrix learned = Force.Train(session, readout, new Matrix(3000, 0), wave.Slice(0, 3000), new() { UpdateEvery = 1 });
        Matrix alone = Force.Run(session, readout.Map, new Matrix(1000, 0), learned.Row(2999));
        Console.WriteLine($"alone: {SeriesMetrics.Nrmse(wave.Slice(3000, 1000), alone):0.0000}");

        Matrix[] patterns = [MultipleSuperimposedOscillators.Generate(1000, [0.2]), MultipleSuperimposedOscillators.Generate(1000, [0.5])];
        PatternMemory memory = PatternMemory.Load(Reservoir.Create(new() { Units = 100, SpectralRadius = 1.5 }), patterns);
        Matrix slow = memory.Recall(0, 200), fast = memory.Recall(1, 200);
        Matrix mixture = new(400, 2);
        for (int t = 0; t < mixture.Rows; t++) (mixture[t, 0], mixture[t, 1]) = (1 - (t / 400.0), t / 400.0);
        Matrix between = memory.Morph(mixture);                                     // from the slow one to the fast one
        Conceptor either = memory.Conceptors[0].Or(memory.Conceptors[1]);
        Console.WriteLine($"two patterns take {either.Quota:P0} of the memory, and {either.Not().Quota:P0} are free");
    }
}
