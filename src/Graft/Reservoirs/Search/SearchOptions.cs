namespace Graft.Reservoirs.Search;

/// <summary>Options of a search.</summary>
public sealed record SearchOptions
{
    /// <summary>How candidates are found.</summary>
    public SearchMethod Method { get; init; } = SearchMethod.Bayesian;

    /// <summary>How many candidates are scored; with <see cref="SearchMethod.Halving"/>, how many start.</summary>
    public int Trials
    {
        get;
        init => field = value >= 1 ? value : throw new GraftException($"A search scores a number of candidates from 1, not {value}.");
    } = 40;

    /// <summary>Decides the candidates.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many candidates are scored at the same time, and how many threads work on what is done between; 0: one for each processor. The result does not depend on it.</summary>
    public int Threads
    {
        get;
        init => field = value >= 0 ? value : throw new GraftException($"A number of threads is 0 or more, not {value}.");
    }

    /// <summary>Trials of an earlier run of the same search, which are not scored again.</summary>
    public IReadOnlyList<SearchTrial> Earlier { get; init; } = [];
}
