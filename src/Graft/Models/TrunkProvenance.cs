using System.Collections.Immutable;

namespace Graft.Models;

/// <summary>Where a trunk came from, in the provenance of a model that was grafted onto it: under names of its own, so that nobody takes the trunk's training for the model's.</summary>
internal static class TrunkProvenance
{
    private const string Prefix = "trunk.";

    /// <summary>What a model keeps of its trunk's provenance.</summary>
    public static ImmutableSortedDictionary<string, string> Of(Model trunk) => trunk.Provenance.ToImmutableSortedDictionary(fact => Prefix + fact.Key, fact => fact.Value, StringComparer.Ordinal);

    /// <summary>A model's own facts, and those of its trunk under the names that the trunk had them by.</summary>
    public static (ImmutableSortedDictionary<string, string> Own, ImmutableSortedDictionary<string, string> Trunk) Split(ImmutableSortedDictionary<string, string> provenance)
    {
        KeyValuePair<string, string>[] trunk = [.. provenance.Where(fact => fact.Key.StartsWith(Prefix, StringComparison.Ordinal))];
        return (provenance.RemoveRange(trunk.Select(fact => fact.Key)), trunk.ToImmutableSortedDictionary(fact => fact.Key[Prefix.Length..], fact => fact.Value, StringComparer.Ordinal));
    }
}
