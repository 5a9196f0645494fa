using Graft.Tensors;

namespace Graft.Formats.KeyMaps;

/// <summary>
/// Finds the network that a state dictionary holds under whatever its programs put before its names: <c>module.</c> (data parallel), <c>_orig_mod.</c> (compiled),
/// <c>model.</c> (Lightning), <c>backbone.</c>, <c>encoder.</c>, and any of them within another.
/// </summary>
/// <param name="Prefix">What stands before its names; may be empty.</param>
/// <param name="Map">The naming after it.</param>
internal sealed record KeyPrefix(string Prefix, KeyMap Map)
{
    // A hostile file has a million names that end alike.
    private const int MostTried = 64;

    /// <summary>Every place of a known naming in a file, in the file's order.</summary>
    public static IReadOnlyList<KeyPrefix> All(IReadOnlyDictionary<string, Tensor> tensors)
    {
        List<KeyPrefix> found = [];
        foreach (string prefix in tensors.Keys.SelectMany(Prefixes).Distinct().Take(MostTried))
        {
            KeyMap? map = KeyMap.Detect(Under(tensors, prefix));
            if (map is not null) found.Add(new KeyPrefix(prefix, map));
        }

        return found;
    }

    /// <summary>The tensors whose names begin with a prefix, without it.</summary>
    public static OrderedDictionary<string, Tensor> Under(IReadOnlyDictionary<string, Tensor> tensors, string prefix) =>
        new(tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(t => KeyValuePair.Create(t.Key[prefix.Length..], t.Value)));

    // What stands before the first deciding name of a naming, where a whole part of a name does.
    private static IEnumerable<string> Prefixes(string name) =>
        from key in KeyMap.All.Select(map => map.DecidingKeys[0]).Distinct()
        where name.EndsWith(key, StringComparison.Ordinal) && (name.Length == key.Length || name[^(key.Length + 1)] == '.')
        select name[..^key.Length];
}
