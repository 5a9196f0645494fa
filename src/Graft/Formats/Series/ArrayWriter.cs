using System.Collections.Immutable;
using Graft.Numerics;

namespace Graft.Formats.Series;

/// <summary>Collects named arrays and writes them as a safetensors file.</summary>
internal sealed class ArrayWriter
{
    private readonly List<(string Name, StoredArray Array)> arrays = [];

    public void Add(string name, Matrix matrix) => arrays.Add((name, StoredArray.Of(matrix)));

    public void Add(string name, ReadOnlySpan<double> numbers) => arrays.Add((name, StoredArray.Of(numbers)));

    public void Add(string name, ImmutableArray<double> numbers) => arrays.Add((name, StoredArray.Of(numbers.AsSpan())));

    public void Add(string name, SparseMatrix matrix)
    {
        arrays.Add(($"{name}.row_starts", StoredArray.Of(matrix.RowStarts)));
        arrays.Add(($"{name}.columns", StoredArray.Of(matrix.ColumnIndices)));
        arrays.Add(($"{name}.values", StoredArray.Of(matrix.Values)));
    }

    public void Write(Stream stream, IReadOnlyDictionary<string, string> metadata)
    {
        // 64-bit arrays first, so that every array is aligned to its element.
        (string Name, StoredArray Array)[] ordered = [.. arrays.OrderByDescending(a => a.Array.Type.Size())];
        SafetensorsHeader.Write(stream, ordered.Select(a => (a.Name, Label(a.Array.Type), (IEnumerable<int>)a.Array.Shape, a.Array.Bytes)), metadata);
        foreach ((_, StoredArray array) in ordered) array.Write(stream);
    }

    private static string Label(StoredType type) => type switch
    {
        StoredType.Float64 => "F64",
        StoredType.Float32 => "F32",
        _ => "I32",
    };
}
