using Graft.Cli.TableFiles.Times;
using Graft.Numerics;

namespace Graft.Cli.TableFiles;

/// <summary>Series read from a table, one row a step without gaps in time.</summary>
/// <param name="Names">The names of the series: the targets, then the inputs.</param>
/// <param name="Values">[time, series]; NaN is a missing value.</param>
/// <param name="Targets">How many of the series are targets.</param>
/// <param name="Time">When the rows were; null: the table has no times, rows are numbered from 0.</param>
/// <param name="Notes">What people should know about how the table was read.</param>
internal sealed record SeriesTable(IReadOnlyList<string> Names, Matrix Values, int Targets, SeriesTime? Time, IReadOnlyList<string> Notes)
{
    /// <summary>How it was read: what was named or found.</summary>
    public TableOptions Read { get; init; } = new();

    /// <summary>Why rows are numbered though a column looks like times; null: none does.</summary>
    public string? Untimed { get; init; }

    /// <summary>One series.</summary>
    public double[] Series(int index)
    {
        double[] series = new double[Values.Rows];
        for (int t = 0; t < series.Length; t++) series[t] = Values[t, index];
        return series;
    }

    /// <summary>Whether all known values of a series are the same.</summary>
    public bool IsConstant(int index)
    {
        double first = double.NaN;
        for (int t = 0; t < Values.Rows; t++)
        {
            double value = Values[t, index];
            if (double.IsNaN(value) || value == first) continue;
            if (!double.IsNaN(first)) return false;
            first = value;
        }

        return true;
    }
}
