using System.Collections;

namespace Graft.Cli.Output;

/// <summary>The fields of a JSON object in order, some of which are left out where they say nothing.</summary>
internal sealed class JsonFields : IReadOnlyDictionary<string, object?>
{
    private readonly List<KeyValuePair<string, object?>> fields = [];

    public IEnumerable<string> Keys => fields.Select(pair => pair.Key);

    public IEnumerable<object?> Values => fields.Select(pair => pair.Value);

    public int Count => fields.Count;

    public object? this[string key] => fields.First(field => field.Key == key).Value;

    /// <summary>Adds a field.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="isKept">Whether it is there without a value, too.</param>
    public void Add(string name, object? value, bool isKept = false)
    {
        if (value is not null || isKept) fields.Add(new(name, value));
    }

    /// <summary>Adds fields that are there in any case.</summary>
    public void Add(IEnumerable<(string Name, object? Value)> more) => fields.AddRange(more.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    public bool ContainsKey(string key) => fields.Exists(field => field.Key == key);

    public bool TryGetValue(string key, out object? value)
    {
        value = ContainsKey(key) ? this[key] : null;
        return ContainsKey(key);
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
