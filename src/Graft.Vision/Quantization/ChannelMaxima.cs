using Graft.Networks;

namespace Graft.Vision.Quantization;

/// <summary>The largest absolute value of each channel on calibration images.</summary>
internal static class ChannelMaxima
{
    /// <summary>The largest absolute value of each channel of some values, by the value's name.</summary>
    /// <param name="network">The network.</param>
    /// <param name="values">The values.</param>
    /// <param name="images">The images.</param>
    /// <param name="parallel">How many threads look.</param>
    public static Dictionary<string, float[]> Of(Network network, IReadOnlyList<string> values, CalibrationImages images, ParallelOptions parallel)
    {
        float[][] maxima = [.. values.Select(value => new float[network.Graph.Shapes[value][^1]])];
        images.Run(network, values, seen => Parallel.For(0, maxima.Length, parallel, i => Raise(maxima[i], seen[values[i]])), "Looking at channels");
        return values.Zip(maxima).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static void Raise(float[] maxima, ReadOnlySpan<float> values)
    {
        for (int start = 0; start < values.Length; start += maxima.Length)
        {
            ReadOnlySpan<float> row = values.Slice(start, maxima.Length);
            for (int c = 0; c < row.Length; c++) maxima[c] = Math.Max(maxima[c], Math.Abs(row[c]));
        }
    }
}
