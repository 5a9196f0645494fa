namespace Graft.Reservoirs.Tasks;

/// <summary>Which differences of a series a network works on. What the network leaves at 0 is then no level but a naive forecast, which follows trends and seasons.</summary>
public enum Differencing
{
    /// <summary>Whichever is best on a part of the history that none was fitted on.</summary>
    Auto,

    /// <summary>The values themselves.</summary>
    None,

    /// <summary>From row to row.</summary>
    First,

    /// <summary>From season to season.</summary>
    Seasonal,

    /// <summary>From row to row of those from season to season.</summary>
    Both,
}
