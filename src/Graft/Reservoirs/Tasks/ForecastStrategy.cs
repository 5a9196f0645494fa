namespace Graft.Reservoirs.Tasks;

/// <summary>How more than one step ahead is forecast.</summary>
/// <remarks>
/// Neither wins everywhere. Normalized errors on held-out rows with the default network, recursive and direct: Lorenz' first coordinate 24 steps ahead 0.03 and 0.87, Mackey-Glass 0.0015 and 0.0023, monthly
/// growth with a season 0.19 and 0.27; five superimposed oscillators 0.11 and 0.07; in noise both are alike.
/// </remarks>
public enum ForecastStrategy
{
    /// <summary>Whichever is better on a part of the history that neither was fitted on.</summary>
    Auto,

    /// <summary>One step at a time, each prediction taken for the next input: best where what drives the series is in the series.</summary>
    Recursive,

    /// <summary>A readout of its own for each step ahead: errors do not feed on themselves, which is best where noise rules. Can't use known inputs.</summary>
    Direct,
}
