using Graft.Numerics;

namespace Graft.Reservoirs.Series;

/// <summary>Lorenz's system of 1963: x' = 10 (y - x), y' = x (28 - z) - y, z' = x y - 8/3 z.</summary>
/// <remarks>Source: Lorenz, "Deterministic nonperiodic flow", Journal of the Atmospheric Sciences 20, 1963, equations 25 to 27.</remarks>
public static class Lorenz63
{
    /// <summary>The largest Lyapunov exponent, per unit of time.</summary>
    /// <remarks>Source: Sprott, "Chaos and Time-Series Analysis", Oxford University Press 2003, appendix A.</remarks>
    public const double LyapunovExponent = 0.9056;

    /// <summary>Makes a series.</summary>
    /// <param name="steps">The number of values.</param>
    /// <param name="options">Parameters; null: the defaults, a step of 0.02.</param>
    /// <returns>[time, 3]: x, y, z.</returns>
    /// <exception cref="GraftException">The step is too coarse and the series leaves all bounds.</exception>
    public static Matrix Generate(int steps, FlowOptions? options = null) =>
        Flow.Generate("Lorenz", steps, (1, 1, 1), static (x, y, z) => (10 * (y - x), (x * (28 - z)) - y, (x * y) - (8.0 / 3 * z)), options ?? new());
}
