using System.Diagnostics;
using System.Globalization;
using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;

namespace Graft.Bench;

/// <summary>
/// A reservoir's update, of one sequence or of many at once, or a whole fit (update and ridge regression by the products of the states, as the peer does it). The fastest of several
/// repeats, since other programs only ever slow one down.
/// </summary>
internal static class ReservoirTimes
{
    // The peer's too; the states' products in float32 take no much smaller one.
    private const double Ridge = 1e-2;

    public static int Run(Arguments arguments)
    {
        int units = arguments.Number("units", 1000), steps = arguments.Number("steps", 10_000), sequences = arguments.Number("sequences", 1), threads = arguments.Number("threads", 1);
        string what = arguments.Text("what", "update");
        bool fits = what is "fit" or "qr";
        ReservoirOptions options = new()
        {
            Units = units,
            Density = double.Parse(arguments.Text("density", "0.1"), CultureInfo.InvariantCulture),
            Precision = arguments.Text("precision", "float32") == "float32" ? StatePrecision.Float32 : StatePrecision.Float64,
            Topology = Enum.Parse<ReservoirTopology>(arguments.Text("topology", "Random"), ignoreCase: true),
            Layout = Enum.Parse<WeightLayout>(arguments.Text("layout", "SharedColumns"), ignoreCase: true),
            LeakRate = 0.7,
        };
        long start = Stopwatch.GetTimestamp();
        Reservoir reservoir = Reservoir.Create(options, threads: threads);
        double made = Stopwatch.GetElapsedTime(start).TotalSeconds, best = double.MaxValue, processor = double.MaxValue;
        (Matrix inputs, Matrix targets) = (new Matrix(steps, 1), new Matrix(steps, 1));
        for (int t = 0; t < steps; t++)
            (inputs[t, 0], targets[t, 0]) = (Math.Sin(t * 0.2) + (0.5 * Math.Sin(t * 0.311)), Math.Sin((t + 1) * 0.2) + (0.5 * Math.Sin((t + 1) * 0.311)));
        for (int repeat = 0; repeat < arguments.Number("repeats", 3); repeat++)
        {
            using SequenceSession session = reservoir.CreateSession(sequences, threads);
            TimeSpan used = Environment.CpuUsage.TotalTime;
            start = Stopwatch.GetTimestamp();
            if (sequences > 1) StepAll(session, steps);
            else if (options.Precision == StatePrecision.Float32) Fit(session.RunSingle(inputs));
            else FitDouble(session.Run(inputs));
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            processor = Math.Min(processor, (Environment.CpuUsage.TotalTime - used).TotalSeconds);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"units\": {units}, \"precision\": \"{options.Precision}\", \"layout\": \"{options.Layout}\", \"sequences\": {sequences}, \"threads\": {threads}, \"create_s\": {made:f3}, \"us_per_step\": {best * 1e6 / ((double)steps * sequences):f3}, \"seconds\": {best:f4}, \"processor_s\": {processor:f4}}}"));
        return 0;

        void Fit(float[] states)
        {
            if (fits) RidgeRegression.Fit(states, units, targets, new RidgeRegressionOptions { Penalty = Ridge, Solver = RidgeSolver.SingleGram, Threads = threads });
        }

        void FitDouble(Matrix states)
        {
            if (fits) RidgeRegression.Fit(states, targets, new RidgeRegressionOptions { Penalty = Ridge, Solver = what == "qr" ? RidgeSolver.QR : RidgeSolver.Gram, Threads = threads });
        }
    }

    private static void StepAll(SequenceSession session, int steps)
    {
        double[] input = new double[session.Sequences], features = new double[session.Sequences * session.Trunk.Features];
        for (int t = 0; t < steps; t++)
        {
            for (int s = 0; s < input.Length; s++) input[s] = Math.Sin((t + s) * 0.2);
            session.Step(input, [], features);
        }
    }
}
