using System.Text.Json;

namespace Graft.Formats;

/// <summary>Arrays of a JSON text, each in one call.</summary>
internal static class JsonArrays
{
    /// <summary>An array of values.</summary>
    /// <param name="writer">The text.</param>
    /// <param name="name">The array's name.</param>
    /// <param name="items">What it holds.</param>
    /// <param name="write">Writes one of them.</param>
    public static void WriteArray<T>(this Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<T> write)
    {
        writer.WriteStartArray(name);
        foreach (T item in items) write(item);
        writer.WriteEndArray();
    }

    /// <summary>An array of objects.</summary>
    /// <param name="writer">The text.</param>
    /// <param name="name">The array's name.</param>
    /// <param name="items">What it holds.</param>
    /// <param name="write">Writes the members of one.</param>
    public static void WriteObjects<T>(this Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<T> write) => writer.WriteArray(name, items, item =>
    {
        writer.WriteStartObject();
        write(item);
        writer.WriteEndObject();
    });
}
