using System.Collections.Immutable;
using Graft.Numerics;

namespace Graft.Formats.Series;

/// <summary>The named arrays of a file that nobody vouches for. Each is asked for once, by its size where that is known.</summary>
internal sealed class ArrayReader
{
    private readonly string file;
    private readonly Dictionary<string, StoredArray> arrays = [];

    public ArrayReader(Stream stream, SafetensorsHeader header)
    {
        file = header.File;
        foreach (SafetensorsHeader.Entry entry in header.Entries) arrays.Add(entry.Name, StoredArray.Read(stream, header, entry));
    }

    /// <summary>A matrix; null for a size that is free.</summary>
    public Matrix Matrix(string name, int? rows = null, int? columns = null)
    {
        StoredArray array = Take(name);
        if (array.Numbers is null || array.Shape.Length != 2 || array.Shape[0] != (rows ?? array.Shape[0]) || array.Shape[1] != (columns ?? array.Shape[1]))
            throw Wrong(name, array, $"numbers as [{rows?.ToString() ?? "rows"}, {columns?.ToString() ?? "columns"}]");
        return new Matrix(array.Shape[0], array.Shape[1], array.Numbers);
    }

    /// <summary>A list of numbers; null for a length that is free.</summary>
    public double[] Numbers(string name, int? length = null)
    {
        StoredArray array = Take(name);
        return array.Numbers is not null && array.Shape.Length == 1 && array.Shape[0] == (length ?? array.Shape[0])
            ? array.Numbers
            : throw Wrong(name, array, $"numbers as [{length?.ToString() ?? "length"}]");
    }

    public ImmutableArray<double> Row(string name, int? length = null) => [.. Numbers(name, length)];

    /// <summary>A sparse matrix with so many columns.</summary>
    public SparseMatrix Sparse(string name, int columns)
    {
        int[] rowStarts = Integers($"{name}.row_starts"), indices = Integers($"{name}.columns");
        double[] values = Numbers($"{name}.values");
        return rowStarts.Length > 0
            ? new SparseMatrix(rowStarts.Length - 1, columns, rowStarts, indices, values)
            : throw new WeightFileException(file, $"the array {WeightFileException.Quote($"{name}.row_starts")} is empty; it holds a number more than there are rows.");
    }

    /// <summary>How many units a sparse square matrix has.</summary>
    public int SparseRows(string name) => arrays.TryGetValue($"{name}.row_starts", out StoredArray? array) && array.Integers is { Length: > 0 } starts
        ? starts.Length - 1
        : throw new WeightFileException(file, $"the file needs the array {WeightFileException.Quote($"{name}.row_starts")} with a whole number for each row and one more.");

    /// <summary>How many rows a matrix has; it can still be asked for.</summary>
    public int Rows(string name) => arrays.TryGetValue(name, out StoredArray? array) && array.Shape.Length == 2 ? array.Shape[0] : 0;

    /// <summary>Refuses what nothing asked for.</summary>
    public void Finish()
    {
        if (arrays.Count > 0)
            throw new WeightFileException(file, $"the file holds the array {WeightFileException.Quote(arrays.Keys.Order(StringComparer.Ordinal).First())}, which what it describes does not have.");
    }

    private int[] Integers(string name)
    {
        StoredArray array = Take(name);
        return array.Integers is not null && array.Shape.Length == 1 ? array.Integers : throw Wrong(name, array, "whole numbers as [length]");
    }

    private StoredArray Take(string name) => arrays.Remove(name, out StoredArray? array)
        ? array
        : throw new WeightFileException(file, $"the file needs the array {WeightFileException.Quote(name)}, which it does not hold.");

    private WeightFileException Wrong(string name, StoredArray array, string wanted) =>
        new(file, $"the array {WeightFileException.Quote(name)} must hold {wanted}, not {(array.Integers is null ? "numbers" : "whole numbers")} as [{string.Join(", ", array.Shape)}].");
}
