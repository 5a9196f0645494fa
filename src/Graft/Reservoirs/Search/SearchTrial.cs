using System.Collections.Immutable;

namespace Graft.Reservoirs.Search;

/// <summary>A candidate that was scored.</summary>
/// <param name="Index">Its number in the search.</param>
/// <param name="Values">The values of the parameters, in their order.</param>
/// <param name="Budget">The part of the data that it was fitted on, in (0, 1].</param>
/// <param name="Score">Its score: lower is better; infinite where it failed.</param>
public sealed record SearchTrial(int Index, ImmutableArray<double> Values, double Budget, double Score);
