namespace Graft.Reservoirs.Series;

/// <summary>Options of <see cref="MackeyGlass"/>. The defaults are those of Jaeger and Haas, Science 304, 2004 (supporting text), and chaotic.</summary>
public sealed record MackeyGlassOptions
{
    /// <summary>The delay, in the equation's unit of time: a whole number of <see cref="Step"/>s. From about 16.8 on the series is chaotic; 17 is mildly, 30 strongly so.</summary>
    public double Tau { get; init => field = Positive(value, "delay"); } = 17;

    /// <summary>The strength of the delayed feedback.</summary>
    public double Beta { get; init => field = Finite(value, "feedback"); } = 0.2;

    /// <summary>The rate of decay.</summary>
    public double Gamma { get; init => field = Finite(value, "decay"); } = 0.1;

    /// <summary>The exponent of the feedback's denominator.</summary>
    public double Exponent { get; init => field = Positive(value, "exponent"); } = 10;

    /// <summary>The step of integration, in the equation's unit of time.</summary>
    public double Step { get; init => field = Positive(value, "step"); } = 0.1;

    /// <summary>One value is kept of this many steps: with the default step of 0.1, one a unit of time.</summary>
    public int KeepEvery
    {
        get;
        init => field = value >= 1 ? value : throw new GraftException($"One value is kept of at least 1 step of a Mackey-Glass series, not of {value}.");
    } = 10;

    /// <summary>How the equation is integrated.</summary>
    public IntegrationMethod Method { get; init; } = IntegrationMethod.Euler;

    /// <summary>The value at all times up to the start.</summary>
    public double History { get; init => field = Finite(value, "history"); } = 1.2;

    /// <summary>Values left out at the start, until the series is on its attractor.</summary>
    public int Discard
    {
        get;
        init => field = value >= 0 ? value : throw new GraftException($"A Mackey-Glass series leaves out at least 0 values at its start, not {value}.");
    } = 1000;

    /// <summary>Moves the history by up to 0.1, so that each seed is another piece of the attractor. Null: the history as it is.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Give tanh(y - 1), which fits a network of tanh units (<see cref="MackeyGlass.Unsquash"/> is the way back).</summary>
    public bool Squash { get; init; }

    /// <summary>The delay in steps.</summary>
    internal int DelaySteps
    {
        get
        {
            double steps = Math.Round(Tau / Step);
            return steps >= 1 && Math.Abs((steps * Step) - Tau) <= 1e-9 * Tau
                ? (int)steps
                : throw new GraftException($"The delay of a Mackey-Glass series is a whole number of steps; {Tau} is not one of {Step}. Use a step that divides the delay.");
        }
    }

    private static double Positive(double value, string name) => value > 0 && double.IsFinite(value)
        ? value
        : throw new GraftException($"The {name} of a Mackey-Glass series is a finite number above zero, not {value}.");

    private static double Finite(double value, string name) => double.IsFinite(value)
        ? value
        : throw new GraftException($"The {name} of a Mackey-Glass series is a finite number, not {value}.");
}
