using System.Collections.Immutable;
using Graft.Numerics;
using Graft.Reservoirs.Trunks;

namespace Graft.Reservoirs;

/// <summary>A change of units for each series: scaled = (value - offset) / unit.</summary>
/// <param name="Offsets">What becomes 0, one for each series.</param>
/// <param name="Units">What becomes 1 above it, one for each series; never 0.</param>
public sealed record SeriesScaling(ImmutableArray<double> Offsets, ImmutableArray<double> Units)
{
    /// <summary>The number of series.</summary>
    public int Series => Offsets.Length;

    /// <summary>Leaves series as they are.</summary>
    /// <param name="series">Their number.</param>
    public static SeriesScaling Identity(int series) => new([.. new double[series]], [.. Enumerable.Repeat(1.0, series)]);

    /// <summary>Measures series, without the values that are missing. A constant series keeps its unit.</summary>
    /// <param name="sequences">Sequences of the same series, [time, series] each.</param>
    /// <param name="method">How to scale.</param>
    /// <exception cref="GraftException">A value is infinite.</exception>
    public static SeriesScaling Measure(IReadOnlyList<Matrix> sequences, ScalingMethod method)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        int series = sequences.Count == 0 ? 0 : sequences[0].Columns;
        if (method == ScalingMethod.None) return Identity(series);

        double[] offsets = new double[series], units = new double[series];
        for (int i = 0; i < series; i++) (offsets[i], units[i]) = method == ScalingMethod.Range ? Range(sequences, i) : Moments(sequences, i);
        return new([.. offsets], [.. units]);
    }

    /// <summary>Scales a row.</summary>
    internal void Apply(ReadOnlySpan<double> values, Span<double> scaled)
    {
        for (int i = 0; i < scaled.Length; i++) scaled[i] = (values[i] - Offsets[i]) / Units[i];
    }

    /// <summary>Turns a scaled row back.</summary>
    internal void Undo(ReadOnlySpan<double> scaled, Span<double> values)
    {
        for (int i = 0; i < values.Length; i++) values[i] = Offsets[i] + (scaled[i] * Units[i]);
    }

    /// <inheritdoc/>
    public bool Equals(SeriesScaling? other) => other is not null && Offsets.AsSpan().SequenceEqual(other.Offsets.AsSpan()) && Units.AsSpan().SequenceEqual(other.Units.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Series, Series == 0 ? 0 : Offsets[0], Series == 0 ? 0 : Units[0]);

    private static (double Offset, double Unit) Moments(IReadOnlyList<Matrix> sequences, int column)
    {
        // Around the first value, so that a large level does not swallow a small variance; in a unit near the greatest distance from it, so that no square overflows.
        double origin = double.NaN, farthest = 0, sum = 0, squares = 0;
        long count = 0;
        foreach (double value in Values(sequences, column))
        {
            if (count++ == 0) origin = value;
            farthest = Math.Max(farthest, Math.Abs(value - origin));
        }

        if (count == 0) return (0, 1);
        if (double.IsInfinity(farthest)) throw new GraftException($"Series {column} spans more than numbers hold. Divide it by a number first.");
        double unit = ScaledSquares.Unit(farthest);
        foreach (double value in Values(sequences, column)) sum += (value - origin) / unit;
        double mean = origin + (unit * (sum / count));
        foreach (double value in Values(sequences, column))
        {
            double scaled = (value - mean) / unit;
            squares += scaled * scaled;
        }

        double deviation = unit * Math.Sqrt(squares / count);
        return (mean, deviation > 1e-12 * Math.Abs(mean) ? deviation : 1);
    }

    private static (double Offset, double Unit) Range(IReadOnlyList<Matrix> sequences, int column)
    {
        double least = double.PositiveInfinity, greatest = double.NegativeInfinity;
        foreach (double value in Values(sequences, column)) (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
        if (greatest < least) return (0, 1);
        double half = (greatest / 2) - (least / 2);
        return (least + half, half > 1e-12 * Math.Abs(least) ? half : 1);
    }

    private static IEnumerable<double> Values(IReadOnlyList<Matrix> sequences, int column)
    {
        foreach (Matrix sequence in sequences)
        {
            for (int t = 0; t < sequence.Rows; t++)
            {
                double value = sequence[t, column];
                if (double.IsInfinity(value))
                    throw new GraftException($"Series need finite values, or NaN for those that are missing; series {column} is {value} at row {t}. Remove or replace it.");
                if (!double.IsNaN(value)) yield return value;
            }
        }
    }
}
