namespace Graft.Reservoirs.Tasks;

/// <summary>How more than one step ahead is forecast.</summary>
public enum ForecastStrategy
{
    /// <summary>Whichever is better on a part of the history that neither was fitted on.</summary>
    Auto,

    /// <summary>One step at a time, each prediction taken for the next input: best where what drives the series is in the series.</summary>
    Recursive,

    /// <summary>A readout of its own for each step ahead: errors do not feed on themselves, which is best where noise rules. Can't use known inputs.</summary>
    Direct,
}
