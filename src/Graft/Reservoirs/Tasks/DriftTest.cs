using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>Whether a repetition of last rows is better with drift, by forecasts from every row of a history: drift needs no fitting, so that rows before those held out can say more of it than these alone.</summary>
internal static class DriftTest
{
    /// <summary>Whether drift, at each row the average change up to there, had the less error, and by more than chance.</summary>
    /// <param name="z">A target, in the units that are forecast.</param>
    /// <param name="rows">How many rows are repeated.</param>
    /// <param name="heldOut">The rows that judge have no say.</param>
    /// <param name="horizon">How many steps ahead are forecast.</param>
    public static bool IsBetter(ReadOnlySpan<double> z, int rows, HeldOut heldOut, int horizon)
    {
        double unit = ScaledSquares.Unit(z), sum = 0, without = 0, with = 0;
        int changes = 0;
        HashSet<int> said = [];

        // Of long histories not every row: the last ones say most, and a thousand of them enough.
        int stride = 1 + (z.Length / MostOrigins);
        for (int origin = rows + 1; origin < z.Length; origin++)
        {
            double change = (z[origin - 1] / unit) - (z[origin - 1 - rows] / unit);
            if (!double.IsNaN(change))
            {
                sum += change;
                changes++;
            }

            // The average of less than a season more says nothing.
            if (changes <= rows || (z.Length - origin) % stride != 0) continue;
            double drift = sum / changes / rows;
            for (int row = origin; row < Math.Min(origin + horizon, z.Length); row++)
            {
                int from = origin - rows + ((row - origin) % rows);
                double error = (z[row] / unit) - (z[from] / unit);
                if (double.IsNaN(error) || (row >= heldOut.First && heldOut.Judges(row))) continue;
                without += error * error;
                with += (error - (drift * (row - from))) * (error - (drift * (row - from)));
                said.Add(row);
            }
        }

        return said.Count > 0 && Math.Sqrt(with) < HeldOut.ClearlyLess(said.Count / horizon) * Math.Sqrt(without);
    }

    private const int MostOrigins = 1000;
}
