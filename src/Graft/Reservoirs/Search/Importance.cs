using System.Collections.Immutable;

namespace Graft.Reservoirs.Search;

/// <summary>How much of the variance of scores each parameter explains.</summary>
internal static class Importance
{
    private const double Bandwidth = 0.12;
    private const int Least = 5;

    /// <summary>1 - the error of a local line through the others' ranks, left out one at a time, over their variance; not below 0.</summary>
    public static ImmutableArray<double> Of(ImmutableArray<SearchParameter> parameters, IReadOnlyList<SearchTrial> trials)
    {
        if (trials.Count < Least) return [.. new double[parameters.Length]];
        double[] scores = [.. trials.Select(trial => trial.Score)], ranks = new double[scores.Length];
        for (int i = 0; i < scores.Length; i++)
            ranks[i] = scores.Count(score => score < scores[i]) + (0.5 * scores.Count(score => score == scores[i]));
        double mean = ranks.Average(), variance = ranks.Sum(rank => (rank - mean) * (rank - mean));
        return variance > 0 ? [.. parameters.Select((parameter, p) => Explained([.. trials.Select(trial => parameter.Place(trial.Values[p]))], ranks, variance))] : [.. new double[parameters.Length]];
    }

    private static double Explained(double[] places, double[] ranks, double variance)
    {
        // A leave-one-out mean alone errs by (n / (n - 1))^2 of the variance.
        double squares = 0, count = places.Length, unit = count / (count - 1);
        for (int i = 0; i < places.Length; i++)
        {
            double error = ranks[i] - Smooth(places, ranks, i);
            squares += error * error;
        }

        return Math.Max(0, 1 - (squares / (variance * unit * unit)));
    }

    private static double Smooth(double[] places, double[] ranks, int left)
    {
        double s0 = 1e-12, s1 = 0, s2 = 0, y0 = 0, y1 = 0;
        for (int j = 0; j < places.Length; j++)
        {
            if (j == left) continue;
            double distance = places[j] - places[left], weight = Math.Exp(-0.5 * distance * distance / (Bandwidth * Bandwidth));
            s0 += weight;
            s1 += weight * distance;
            s2 += weight * distance * distance;
            y0 += weight * ranks[j];
            y1 += weight * distance * ranks[j];
        }

        // A line where its slope is well determined, shrunk to a mean where it is not.
        double ridge = Bandwidth * Bandwidth, determinant = (s0 * (s2 + ridge)) - (s1 * s1);
        return (((s2 + ridge) * y0) - (s1 * y1)) / determinant;
    }
}
