namespace Graft.Reservoirs.Search;

/// <summary>How candidates are found.</summary>
public enum SearchMethod
{
    /// <summary>Evenly at random.</summary>
    Random,

    /// <summary>Where a Gaussian process, fitted to the scores so far, expects to improve most (Jones, Schonlau, Welch, Journal of Global Optimization 13, 1998).</summary>
    Bayesian,

    /// <summary>Many at random on little data, of which the best third goes on to three times as much, and so on (Jamieson, Talwalkar, AISTATS 2016).</summary>
    Halving,
}
