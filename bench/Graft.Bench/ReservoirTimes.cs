using System.Diagnostics;
using System.Globalization;
using Graft.Numerics;
using Graft.Reservoirs;

namespace Graft.Bench;

/// <summary>A reservoir's update alone, one sequence or many at once: microseconds a step of one sequence, the fastest of several runs.</summary>
internal static class ReservoirTimes
{
    public static int Run(Arguments arguments)
    {
        int units = arguments.Number("units", 1000), steps = arguments.Number("steps", 10_000), sequences = arguments.Number("sequences", 1), threads = arguments.Number("threads", 1);
        double density = double.Parse(arguments.Text("density", "0.1"), CultureInfo.InvariantCulture);
        var options = new ReservoirOptions
        {
            Units = units,
            Density = density,
            Precision = arguments.Text("precision", "float32") == "float32" ? StatePrecision.Float32 : StatePrecision.Float64,
            Topology = Enum.Parse<ReservoirTopology>(arguments.Text("topology", "Random"), ignoreCase: true),
            Layout = Enum.Parse<WeightLayout>(arguments.Text("layout", "SharedColumns"), ignoreCase: true),
            LeakRate = 0.7,
            Scaling = SpectralScaling.None,
        };
        long start = Stopwatch.GetTimestamp();
        Reservoir reservoir = Reservoir.Create(options);
        double made = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var inputs = new Matrix(steps, 1);
        for (int t = 0; t < steps; t++)
            inputs[t, 0] = Math.Sin(t * 0.2);

        double best = double.MaxValue;
        for (int repeat = 0; repeat < arguments.Number("repeats", 5); repeat++)
        {
            start = Stopwatch.GetTimestamp();
            using SequenceSession session = reservoir.CreateSession(sequences, threads);
            if (sequences > 1) StepAll(session, steps);
            else if (options.Precision == StatePrecision.Float32) session.RunSingle(inputs);
            else session.Run(inputs);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds / ((double)steps * sequences));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"units\": {units}, \"density\": {density}, \"precision\": \"{options.Precision}\", \"layout\": \"{options.Layout}\", \"sequences\": {sequences}, \"threads\": {threads}, \"create_s\": {made:f3}, \"us_per_step\": {best:f3}}}"));
        return 0;
    }

    private static void StepAll(SequenceSession session, int steps)
    {
        double[] input = new double[session.Sequences], features = new double[session.Sequences * session.Trunk.Features];
        for (int t = 0; t < steps; t++)
        {
            for (int s = 0; s < input.Length; s++)
                input[s] = Math.Sin((t + s) * 0.2);
            session.Step(input, [], features);
        }
    }
}
