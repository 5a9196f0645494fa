using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>A forecast that needs no network: the last rows of a target repeated over and over, perhaps with drift (Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", section 5.2).</summary>
/// <param name="Rows">How many: 1 is the last value, more the last season.</param>
/// <param name="Drift">What is added from row to row, the average change of the history; in logarithms where those are forecast. 0: nothing.</param>
public sealed record Repetition(int Rows, double Drift = 0)
{
    /// <summary>What a value becomes that is repeated some rows after it.</summary>
    internal double Carry(double value, int rowsOn) => value + (Drift * rowsOn);

    /// <summary>The average change from row to row, from one to that as many rows later as are repeated; 0 where there is none.</summary>
    /// <param name="z">A target, in the units that are forecast.</param>
    /// <param name="rows">How many rows are repeated.</param>
    internal static Repetition WithDrift(ReadOnlySpan<double> z, int rows)
    {
        double unit = ScaledSquares.Unit(z), sum = 0;
        int count = 0;
        for (int t = rows; t < z.Length; t++)
        {
            double change = (z[t] / unit) - (z[t - rows] / unit);
            if (double.IsNaN(change)) continue;
            sum += change;
            count++;
        }

        return new Repetition(rows, count == 0 ? 0 : unit * (sum / count / rows));
    }
}
