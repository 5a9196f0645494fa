using Graft.Numerics;

namespace Graft.Reservoirs.Series;

/// <summary>Henon's map: x' = 1 - 1.4 x^2 + y, y' = 0.3 x.</summary>
/// <remarks>Source: Henon, "A two-dimensional mapping with a strange attractor", Communications in Mathematical Physics 50, 1976.</remarks>
public static class HenonMap
{
    /// <summary>The largest Lyapunov exponent, per step.</summary>
    /// <remarks>Source: Sprott, "Chaos and Time-Series Analysis", Oxford University Press 2003, appendix A.</remarks>
    public const double LyapunovExponent = 0.4192;

    private const int Discard = 100;

    /// <summary>Makes a series; the first 100 points are left out.</summary>
    /// <param name="steps">The number of values.</param>
    /// <param name="seed">The first point, within 0.05 of the origin on either axis.</param>
    /// <returns>[time, 2]: x, y.</returns>
    public static Matrix Generate(int steps, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        Philox random = new(seed);
        double x = 0.1 * (random.Uniform(0) - 0.5), y = 0.1 * (random.Uniform(1) - 0.5);
        Matrix series = new(steps, 2);
        for (long i = -Discard; i < steps; i++)
        {
            if (i >= 0) (series[(int)i, 0], series[(int)i, 1]) = (x, y);
            (x, y) = (1 - (1.4 * x * x) + y, 0.3 * x);
        }

        return series;
    }
}
