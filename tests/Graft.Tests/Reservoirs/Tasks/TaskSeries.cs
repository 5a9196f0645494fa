using Graft.Numerics;

namespace Graft.Tests.Reservoirs.Tasks;

/// <summary>Series that look like those people have.</summary>
internal static class TaskSeries
{
    /// <summary>Monthly passengers: exponential growth, a yearly season that grows with it, noise of 3 %.</summary>
    public static Matrix Passengers(int rows = 144, double noise = 0.03)
    {
        Philox random = new(11);
        return Of(rows, t => 110 * Math.Exp((0.01 * t) + (0.2 * Math.Sin(2 * Math.PI * t / 12)) + (0.1 * Math.Cos(4 * Math.PI * t / 12)) + (noise * random.Normal((ulong)t))));
    }

    /// <summary>A daily wave in hourly rows on one level, with noise.</summary>
    public static Matrix Load(int rows, ulong seed = 12)
    {
        Philox random = new(seed);
        return Of(rows, t => 500 + (80 * Math.Sin(2 * Math.PI * t / 24)) + (30 * Math.Sin(2 * Math.PI * t / 12)) + (20 * random.Normal((ulong)t)));
    }

    public static Matrix Of(int rows, Func<int, double> value)
    {
        Matrix series = new(rows, 1);
        for (int t = 0; t < rows; t++) series[t, 0] = value(t);
        return series;
    }
}
