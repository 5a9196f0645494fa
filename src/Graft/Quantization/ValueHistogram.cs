using System.Numerics;
using System.Runtime.InteropServices;

namespace Graft.Quantization;

/// <summary>
/// How often numbers of each size were seen, in a bounded number of bins that become twice as wide whenever a number lies beyond them. The width is a power of two and a bin's edge lies at 0, so that two bins become one exactly:
/// what is counted depends on the numbers alone, not on their order. Zeros are counted apart: each grid has them.
/// </summary>
internal sealed class ValueHistogram
{
    // Half of the bins are for numbers below 0. The largest number lies in the upper half of its side, so that the values of a rectifier have 2,048 bins at least: TensorRT's number.
    private const int Half = 4096;

    private readonly long[] counts = new long[2 * Half];
    private double width = Math.ScaleB(1, -40);

    /// <summary>The smallest number; 0 where none was smaller.</summary>
    public float Low { get; private set; }

    /// <summary>The largest number; 0 where none was larger.</summary>
    public float High { get; private set; }

    /// <summary>How many were 0.</summary>
    public long Zeros { get; private set; }

    /// <summary>How many there were.</summary>
    public long Count { get; private set; }

    /// <summary>The bins that hold any number, from the smallest: their middles, and how many numbers they hold.</summary>
    public (double[] Middles, long[] Counts) Bins()
    {
        int[] filled = [.. Enumerable.Range(0, counts.Length).Where(i => counts[i] > 0)];
        return ([.. filled.Select(i => (i - Half + 0.5) * width)], [.. filled.Select(i => counts[i])]);
    }

    /// <summary>Counts numbers.</summary>
    /// <param name="values">The numbers.</param>
    /// <exception cref="ArgumentException">One is not finite.</exception>
    public void Add(ReadOnlySpan<float> values)
    {
        (float low, float high) = Extremes(values);
        if (!float.IsFinite(low) || !float.IsFinite(high)) throw new ArgumentException("Only finite numbers have a range.", nameof(values));
        (Low, High) = (Math.Min(Low, low), Math.Max(High, high));
        while (Math.Max(-(double)Low, High) >= Half * width) Widen();
        float perWidth = (float)(1 / width);
        long zeros = 0;
        foreach (float value in values)
        {
            if (value == 0) zeros++;
            else counts[(int)MathF.Floor(value * perWidth) + Half]++;
        }

        Zeros += zeros;
        Count += values.Length;
    }

    private void Widen()
    {
        width *= 2;
        long[] wider = new long[counts.Length];
        for (int i = 0; i < counts.Length; i++) wider[((i - Half) >> 1) + Half] += counts[i];
        wider.CopyTo(counts, 0);
    }

    // A number that is none makes the sum none, which neither comparison would tell.
    private static (float Low, float High) Extremes(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> lows = Vector<float>.Zero, highs = Vector<float>.Zero, sums = Vector<float>.Zero;
        foreach (Vector<float> vector in vectors)
        {
            lows = Vector.Min(lows, vector);
            highs = Vector.Max(highs, vector);
            sums += vector * Vector<float>.Zero;
        }

        float low = 0, high = 0, sum = Vector.Sum(sums);
        for (int i = 0; i < Vector<float>.Count; i++) (low, high) = (Math.Min(low, lows[i]), Math.Max(high, highs[i]));
        foreach (float value in values[(vectors.Length * Vector<float>.Count)..])
        {
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
            sum += value * 0;
        }

        return float.IsNaN(sum) ? (float.NaN, float.NaN) : (low, high);
    }
}
