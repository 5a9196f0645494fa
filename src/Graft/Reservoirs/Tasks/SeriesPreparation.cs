using System.Collections.Immutable;
using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>What is done to series before a network sees them, and undone to its predictions.</summary>
/// <param name="Logarithms">For each predicted series, whether its logarithm is taken.</param>
/// <param name="Differencing">Which differences are taken.</param>
/// <param name="Season">The rows of a season; 1 for none. The network reads waves of that period beside the series.</param>
public sealed record SeriesPreparation(ImmutableArray<bool> Logarithms, Differencing Differencing, int Season)
{
    private const int MostWaves = 3;

    /// <summary>How many numbers tell the network where in the season the next row is.</summary>
    internal int Waves => Season > 1 ? 2 * Math.Min(MostWaves, Season / 2) : 0;

    internal Differences Differences => new(Differences.Lags(Differencing, Season));

    /// <inheritdoc/>
    public bool Equals(SeriesPreparation? other) =>
        other is not null && Differencing == other.Differencing && Season == other.Season && Logarithms.AsSpan().SequenceEqual(other.Logarithms.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Logarithms.Length, Differencing, Season);

    /// <summary>Sines and cosines of the season and its parts at a row.</summary>
    internal void Wave(long row, Span<double> waves)
    {
        for (int k = 0; k < waves.Length / 2; k++)
        {
            double angle = 2 * Math.PI * (k + 1) * (row % Season) / Season;
            (waves[2 * k], waves[(2 * k) + 1]) = Math.SinCos(angle);
        }
    }

    /// <summary>Logarithms where they are taken; what is missing stays missing.</summary>
    internal void Apply(ReadOnlySpan<double> values, Span<double> z)
    {
        for (int i = 0; i < z.Length; i++)
        {
            if (Logarithms[i] && values[i] <= 0)
                throw new GraftException($"The logarithm of series {i} is forecast, since all its values were positive; {values[i]} is not. Fit again with Logarithm = false.");
            z[i] = Apply(values[i], i);
        }
    }

    internal double Apply(double value, int series) => Logarithms[series] ? Math.Log(value) : value;

    internal double Undo(double z, int series) => Logarithms[series] ? Math.Exp(z) : z;

    internal Matrix Apply(Matrix values)
    {
        Matrix z = new(values.Rows, values.Columns);
        for (int t = 0; t < values.Rows; t++) Apply(values.Row(t), z.Row(t));
        return z;
    }
}
