using System.Collections.Immutable;
using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>What a forecaster is to do, before its network is fitted.</summary>
/// <param name="Roles">What columns are for.</param>
/// <param name="Preparation">What is done to series.</param>
/// <param name="IsDirect">Whether the network's outputs are all steps ahead: [steps][targets], what is above the naive forecast. Otherwise they are the next differences.</param>
/// <param name="Steps">The most steps ahead that are validated, and that direct forecasts reach.</param>
/// <param name="Repetitions">For each target what is repeated as its forecast; null where the network forecasts it.</param>
internal sealed record ForecastDesign(SeriesRoles Roles, SeriesPreparation Preparation, bool IsDirect, int Steps, ImmutableArray<Repetition?> Repetitions)
{
    /// <summary>How many earlier rows forecasts go back to.</summary>
    public int Memory => Math.Max(Preparation.Differences.Order, Repetitions.Max(one => one?.Rows ?? 0));
}

/// <summary>A network with what is around it in a forecaster.</summary>
/// <param name="Design">What it is to do.</param>
/// <param name="Network">The network: reads the predicted series' differences, then known columns and waves of the next row.</param>
/// <param name="Bounds">The differences that the network may read and predict: [2, predicted series].</param>
/// <param name="Levels">The least and the greatest value of the history, logarithms as they are: [2, predicted series].</param>
internal sealed record ForecastModel(ForecastDesign Design, EchoStateNetwork Network, Matrix Bounds, Matrix Levels)
{
    // What is credible beyond what was seen, in parts of the range that was: a trend that goes on over the longest horizon that a history allows, half of its length, reaches as far.
    private const double Widening = 0.5;

    /// <summary>A difference within the range of the history's, widened by half of it on each side.</summary>
    public double CredibleChange(double change, int series) => Math.Clamp(change, Bounds[0, series], Bounds[1, series]);

    /// <summary>A value within the range of the history's and of the last value known, widened by half of the history's range on each side.</summary>
    /// <param name="value">The value.</param>
    /// <param name="series">The series.</param>
    /// <param name="last">The last value known.</param>
    /// <param name="step">How many steps ahead it is of that; farther than was validated, the range widens in proportion.</param>
    public double Credible(double value, int series, double last, int step)
    {
        double margin = Widening * (Levels[1, series] - Levels[0, series]) * Math.Max(1, (double)step / Design.Steps);
        return Math.Clamp(value, Math.Min(Levels[0, series], last) - margin, Math.Max(Levels[1, series], last) + margin);
    }

    /// <summary>A value that stands for one that is missing among rows that go on: in the history's widened range, which a last value outside of it stretches no farther.</summary>
    public double CredibleInGap(double value, int series, double last)
    {
        double margin = Widening * (Levels[1, series] - Levels[0, series]);
        return Math.Clamp(value, Math.Min(Levels[0, series] - margin, last), Math.Max(Levels[1, series] + margin, last));
    }

    /// <summary>The ranges of series, one a column: [2, columns].</summary>
    public static Matrix Ranges(Matrix series)
    {
        Matrix ranges = new(2, series.Columns);
        for (int i = 0; i < series.Columns; i++)
        {
            (ranges[0, i], ranges[1, i]) = (double.PositiveInfinity, double.NegativeInfinity);
            for (int t = 0; t < series.Rows; t++)
                (ranges[0, i], ranges[1, i]) = (Math.Min(ranges[0, i], series[t, i]), Math.Max(ranges[1, i], series[t, i]));
        }

        return ranges;
    }

    /// <summary>Ranges, widened by half of each on each side.</summary>
    public static Matrix Widened(Matrix ranges)
    {
        Matrix wide = new(2, ranges.Columns);
        for (int i = 0; i < ranges.Columns; i++)
        {
            double margin = Widening * (ranges[1, i] - ranges[0, i]);
            (wide[0, i], wide[1, i]) = (ranges[0, i] - margin, ranges[1, i] + margin);
        }

        return wide;
    }
}
