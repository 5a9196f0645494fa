using System.Globalization;
using Graft.Numerics;
using Graft.Readouts;
using Graft.Threads;

namespace Graft.Bench;

/// <summary>What a ridge regression by products takes on one thread, part by part: the least processor time of many, beside what its multiply-adds would take at the peak.</summary>
internal static class ReadoutTimes
{
    public static int Run(Arguments arguments)
    {
        int rows = arguments.Number("rows", 10_000), features = arguments.Number("features", 1000), repeats = arguments.Number("repeats", 20);
        WorkerPool one = WorkerPool.Shared(1);
        double peak = PeakFlops.Widest(60);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak {peak:0.0} GFLOP/s in float32, {peak / 2:0.0} in float64"));
        float[] singles = new float[rows * features];
        (Matrix doubles, Matrix targets) = (new Matrix(rows, features), new Matrix(rows, 1));
        for (int i = 0; i < singles.Length; i++) doubles.Values[i] = singles[i] = MathF.Sin(i * 0.37f) + 0.1f;
        double products = (double)rows * (features + 2) * (features + 3) / 1e9;
        Time<double>("products, float64", products, peak / 2, new(features + 2, one), rows, repeats);
        Time<float>("products, float32", products, peak, new(features + 2, one), rows, repeats);
        RidgeProblem accumulator = new(features, 1, RidgeSolver.Gram, threads: 1);
        Line("taking in float64", products, peak / 2, Best(repeats, () => new RidgeProblem(features, 1, RidgeSolver.Gram, threads: 1).Add(doubles, targets)));
        Line("taking in float32", products, peak, Best(repeats, () => new RidgeProblem(features, 1, RidgeSolver.SingleGram, threads: 1).Add(singles, targets)));
        accumulator.Add(doubles, targets);
        Line("solving", Math.Pow(features + 1, 3) / 3e9, peak / 2, Best(repeats, () => accumulator.Fit(1)));
        return 0;
    }

    private static void Time<T>(string what, double work, double peak, PackedColumns<T> packed, int rows, int repeats)
        where T : unmanaged
    {
        Matrix gram = new(packed.Columns, packed.Columns);
        const int blocks = 4;
        double best = Best(repeats * 10, () =>
        {
            for (int block = 0; block < blocks; block++) packed.AddProducts(PackedColumns<T>.Rows, gram);
        });
        Line(what, work, peak, best * rows / (blocks * PackedColumns<T>.Rows));
    }

    private static double Best(int repeats, Action work)
    {
        double best = double.MaxValue;
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            TimeSpan start = Environment.CpuUsage.TotalTime;
            work();
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - start).TotalSeconds);
        }

        return best;
    }

    private static void Line(string what, double work, double peak, double seconds) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{what,-20} {seconds * 1e3,7:0.0} ms, {work / seconds,5:0.0} GFLOP/s, {100 * work / seconds / peak,3:0} % of the peak; floor {1e3 * work / peak:0.0} ms"));
}
