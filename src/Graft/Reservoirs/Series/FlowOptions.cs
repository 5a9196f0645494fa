namespace Graft.Reservoirs.Series;

/// <summary>How a chaotic system is turned into a series: <see cref="Lorenz63"/> and <see cref="Rossler"/>.</summary>
public sealed record FlowOptions
{
    /// <summary>The time between two values, in the system's unit of time.</summary>
    public double Step
    {
        get;
        init => field = value > 0 && double.IsFinite(value)
            ? value
            : throw new GraftException($"The step of a series is a finite time above zero, not {value}.");
    } = 0.02;

    /// <summary>Steps of the classical Runge-Kutta method from one value to the next: more are nearer to the system's own trajectory.</summary>
    public int Substeps
    {
        get;
        init => field = value >= 1 ? value : throw new GraftException($"There is at least 1 step of integration between two values, not {value}.");
    } = 1;

    /// <summary>Values left out at the start, until the series is on its attractor.</summary>
    public int Discard
    {
        get;
        init => field = value >= 0 ? value : throw new GraftException($"A series leaves out at least 0 values at its start, not {value}.");
    } = 1000;

    /// <summary>The first point. Null: the system's usual one.</summary>
    public (double X, double Y, double Z)? Start { get; init; }

    /// <summary>Moves each coordinate of the first point by up to 0.5, so that each seed is another piece of the attractor. Null: the point as it is.</summary>
    public ulong? Seed { get; init; }
}
