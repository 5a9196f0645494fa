using Graft.Numerics;

namespace Graft.Reservoirs.Series;

/// <summary>A sum of sines whose frequencies have no common multiple: y(t) = sin(a1 t) + ... + sin(an t). Easy to say, hard to continue.</summary>
/// <remarks>
/// Sources: Jaeger, Haas, Science 304, 2004; the frequencies as in Koryakin, Lohmann, Butz, "Balanced echo state networks", Neural Networks 36, 2012.
/// </remarks>
public static class MultipleSuperimposedOscillators
{
    /// <summary>The standard frequencies, in radians a step; MSO-n takes the first n.</summary>
    public static IReadOnlyList<double> Frequencies { get; } = [0.2, 0.311, 0.42, 0.51, 0.63, 0.74, 0.85, 0.97];

    /// <summary>Makes MSO-n from t = 0 on.</summary>
    /// <param name="steps">The number of values.</param>
    /// <param name="oscillators">n, 1 to 8.</param>
    /// <returns>[time, 1].</returns>
    /// <exception cref="GraftException">There are no standard frequencies for so many.</exception>
    public static Matrix Generate(int steps, int oscillators = 2) => oscillators >= 1 && oscillators <= Frequencies.Count
        ? Generate(steps, Frequencies.Take(oscillators).ToArray())
        : throw new GraftException($"There are standard frequencies for 1 to {Frequencies.Count} oscillators, not for {oscillators}. Give the frequencies.");

    /// <summary>Makes a sum of sines from t = 0 on.</summary>
    /// <param name="steps">The number of values.</param>
    /// <param name="frequencies">The frequencies, in radians a step.</param>
    /// <returns>[time, 1].</returns>
    public static Matrix Generate(int steps, ReadOnlySpan<double> frequencies)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        Matrix series = new(steps, 1);
        for (int t = 0; t < steps; t++)
        {
            foreach (double frequency in frequencies) series[t, 0] += Math.Sin(frequency * t);
        }

        return series;
    }
}
