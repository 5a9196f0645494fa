using System.Collections.Concurrent;

namespace Graft.Operations;

/// <summary>All operations by their names in files. Those of this library are collected while building: adding one is adding its file.</summary>
internal static partial class OperationRegistry
{
    private static readonly ConcurrentDictionary<string, Func<FieldReader, Operation>> Others = new();

    /// <summary>The names, in order.</summary>
    public static IEnumerable<string> Names => OwnNames.Concat(Others.Keys).Order(StringComparer.Ordinal);

    /// <summary>Adds an operation of another assembly.</summary>
    /// <param name="name">Its name in files.</param>
    /// <param name="read">Reads it.</param>
    public static void Add(string name, Func<FieldReader, Operation> read)
    {
        if (OwnNames.Contains(name) || !Others.TryAdd(name, read)) throw new ArgumentException($"There are two operations '{name}'.", nameof(name));
    }

    /// <summary>Reads the operation of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="fields">Its fields.</param>
    /// <returns>Null where there is none of that name.</returns>
    public static Operation? Read(string name, FieldReader fields) => ReadOwn(name, fields) ?? Others.GetValueOrDefault(name)?.Invoke(fields);
}
