namespace Graft.Reservoirs.Series;

/// <summary>
/// Options of <see cref="Narma"/>: y(t+1) = <see cref="Linear"/> y(t) + <see cref="Quadratic"/> y(t) (y(t) + ... + y(t-n+1)) + <see cref="Product"/> u(t-n+1) u(t) + <see cref="Constant"/>.
/// The defaults are NARMA-10.
/// </summary>
public sealed record NarmaOptions
{
    /// <summary>NARMA-10: Atiya, Parlos, "New results on recurrent network training", IEEE Transactions on Neural Networks 11, 2000.</summary>
    public static NarmaOptions Order10 => new();

    /// <summary>NARMA-20 inside a tanh, which keeps it bounded: Rodan, Tino, "Minimum complexity echo state network", IEEE Transactions on Neural Networks 22, 2011.</summary>
    public static NarmaOptions Order20 => new() { Order = 20, Squash = true, Constant = 0.01, Offset = 0.2 };

    /// <summary>NARMA-30: Schrauwen, Wardermann, Verstraeten, Steil, Stroobandt, "Improving reservoirs using intrinsic plasticity", Neurocomputing 71, 2008.</summary>
    public static NarmaOptions Order30 => new() { Order = 30, Linear = 0.2, Quadratic = 0.004, Constant = 0.201 };

    /// <summary>How many steps the recursion looks back, n.</summary>
    public int Order
    {
        get;
        init => field = value >= 1 ? value : throw new GraftException($"The order of a NARMA series is at least 1, not {value}.");
    } = 10;

    /// <summary>The weight of the last value.</summary>
    public double Linear { get; init; } = 0.3;

    /// <summary>The weight of the last value times the sum of the last n.</summary>
    public double Quadratic { get; init; } = 0.05;

    /// <summary>The weight of the product of the oldest and the newest input.</summary>
    public double Product { get; init; } = 1.5;

    /// <summary>What is added at each step.</summary>
    public double Constant { get; init; } = 0.1;

    /// <summary>Whether the whole goes through a tanh.</summary>
    public bool Squash { get; init; }

    /// <summary>What is added after the tanh.</summary>
    public double Offset { get; init; }

    /// <summary>The inputs are uniform between 0 and this.</summary>
    public double LargestInput
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new GraftException($"The largest input of a NARMA series is a finite number above zero, not {value}.");
    } = 0.5;

    /// <summary>Steps left out at the start, where the series still grows from zero.</summary>
    public int Discard
    {
        get;
        init => field = value >= 0 ? value : throw new GraftException($"A NARMA series leaves out at least 0 steps at its start, not {value}.");
    } = 200;
}
