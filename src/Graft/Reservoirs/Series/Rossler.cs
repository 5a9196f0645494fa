using Graft.Numerics;

namespace Graft.Reservoirs.Series;

/// <summary>Rossler's system: x' = -y - z, y' = x + 0.2 y, z' = 0.2 + z (x - 5.7).</summary>
/// <remarks>Source: Rossler, "An equation for continuous chaos", Physics Letters A 57, 1976.</remarks>
public static class Rossler
{
    /// <summary>The largest Lyapunov exponent, per unit of time.</summary>
    /// <remarks>Source: Sprott, "Chaos and Time-Series Analysis", Oxford University Press 2003, appendix A.</remarks>
    public const double LyapunovExponent = 0.0714;

    /// <summary>Makes a series.</summary>
    /// <param name="steps">The number of values.</param>
    /// <param name="options">Parameters; null: a step of 0.1.</param>
    /// <returns>[time, 3]: x, y, z.</returns>
    /// <exception cref="GraftException">The step is too coarse and the series leaves all bounds.</exception>
    public static Matrix Generate(int steps, FlowOptions? options = null) =>
        Flow.Generate("Rossler", steps, (1, 1, 0), static (x, y, z) => (-y - z, x + (0.2 * y), 0.2 + (z * (x - 5.7))), options ?? new() { Step = 0.1 });
}
