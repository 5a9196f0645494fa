using System.Collections.Immutable;

namespace Graft.Reservoirs.Search;

/// <summary>What a search found.</summary>
/// <param name="Parameters">What was searched for.</param>
/// <param name="Trials">All candidates in the order of their numbers.</param>
/// <param name="Best">The best of those that were fitted on all data.</param>
/// <param name="Importance">For each parameter the part of the scores' variance (in ranks) that a smooth curve of it alone explains on candidates that the curve was not fitted on: 0 for one that did not matter.</param>
public sealed record SearchResult(ImmutableArray<SearchParameter> Parameters, ImmutableArray<SearchTrial> Trials, SearchTrial Best, ImmutableArray<double> Importance)
{
    /// <summary>The best value of a parameter.</summary>
    /// <param name="name">Its name.</param>
    public double this[string name] => Best.Values[Parameters.Select(parameter => parameter.Name).ToList().IndexOf(name)];
}
