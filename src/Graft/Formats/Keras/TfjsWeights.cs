using Graft.Tensors;

namespace Graft.Formats.Keras;

/// <summary>
/// The weights of a TensorFlow.js model: groups of shards that are concatenated, in which the weights of the manifest follow each other,
/// some of them quantized to 8 or 16 bits as value = q scale + min, or stored as half precision.
/// </summary>
internal sealed class TfjsWeights : IKerasWeights
{
    private const int MostWeights = 100_000;

    private readonly Dictionary<string, Entry> entries = [];
    private readonly Dictionary<string, string?> byLayer = [];

    /// <summary>One weight, in Keras' own layout.</summary>
    private sealed record Entry(string Name, Shape Shape, StoredType Type, float Scale, float Min, byte[] Group, int Offset);

    private TfjsWeights(string file) => File = file;

    /// <inheritdoc/>
    public string File { get; }

    /// <inheritdoc/>
    public IEnumerable<string> Names => entries.Keys;

    public static TfjsWeights Read(FileSet files, JsonPart manifest)
    {
        TfjsWeights weights = new(files.Name);
        foreach (JsonPart group in manifest.Items(MostWeights)) weights.ReadGroup(files, group);
        return weights;
    }

    /// <inheritdoc/>
    public string? Find(KerasVariable variable) => Find($"{variable.Layer.Name}/{variable.Name}") ?? (variable.OtherName is { } other ? Find($"{variable.Layer.Name}/{other}") : null);

    /// <inheritdoc/>
    public Shape Shape(string name) => entries[name].Shape;

    /// <inheritdoc/>
    public Tensor Values(string name)
    {
        Entry entry = entries[name];
        Tensor tensor = Tensor.Uninitialized(entry.Shape);
        Span<float> values = tensor.Span;
        entry.Type.Decode(entry.Group.AsSpan(entry.Offset, values.Length * entry.Type.Size()), values);
        if (entry.Scale != 1 || entry.Min != 0)
        {
            foreach (ref float value in values) value = (value * entry.Scale) + entry.Min;
        }

        return tensor;
    }

    // Scopes may stand before the layer's name; of two such, neither is taken.
    private string? Find(string name) => entries.ContainsKey(name) ? name : byLayer.GetValueOrDefault(name);

    private void ReadGroup(FileSet files, JsonPart group)
    {
        JsonPart[] weights = group["weights"].Items(MostWeights);
        long total = 0;
        List<Entry> added = new(weights.Length);
        foreach (JsonPart weight in weights)
        {
            Entry entry = ReadEntry(weight, total);
            total += entry.Shape.Count * entry.Type.Size();
            if (total > FileSet.Largest) throw weight.Error($"brings its group to over {FileSet.Largest} bytes.");
            added.Add(entry);
        }

        byte[] bytes = ReadShards(files, group["paths"], total);
        foreach (Entry entry in added)
        {
            if (!entries.TryAdd(entry.Name, entry with { Group = bytes }))
                throw new WeightFileException(File, $"the weight {WeightFileException.Quote(entry.Name)} is in the manifest twice.");
            for (int slash = entry.Name.IndexOf('/'), parts = 0; slash >= 0 && parts < 8; slash = entry.Name.IndexOf('/', slash + 1), parts++)
            {
                string tail = entry.Name[(slash + 1)..];
                if (tail.Contains('/') && !byLayer.TryAdd(tail, entry.Name)) byLayer[tail] = null;
            }
        }
    }

    private byte[] ReadShards(FileSet files, JsonPart paths, long total)
    {
        // The sizes first: a manifest may name a large file, or one file a thousand times, and none of it be wanted.
        FileSet.Entry[] shards = [.. paths.Items(MostWeights).Select(path => files.Open(path.String()))];
        long length = 0;
        foreach (FileSet.Entry shard in shards)
        {
            length += shard.Length;
            if (length > total) break;
        }

        if (length != total)
            throw new WeightFileException(File, $"the weight files {string.Join(", ", paths.Items(MostWeights).Take(3).Select(p => p.String(256)))} have {(length > total ? "more than " : "")}{Math.Min(length, total)} bytes, but the manifest describes {total}.");
        if (shards.Length == 1) return shards[0].Read();
        byte[] bytes = new byte[total];
        int offset = 0;
        foreach (FileSet.Entry shard in shards)
        {
            shard.Read().CopyTo(bytes, offset);
            offset += (int)shard.Length;
        }

        return bytes;
    }

    private static Entry ReadEntry(JsonPart weight, long offset)
    {
        string name = weight["name"].String(512);
        if (name.EndsWith(":0", StringComparison.Ordinal)) name = name[..^2];
        int[] extents = [.. weight["shape"].Items(8).Select(extent => extent.Int(0, int.MaxValue))];
        UInt128 count = 1;
        foreach (int extent in extents) count = count > long.MaxValue ? count : count * (UInt128)extent;
        if (count > (UInt128)(Array.MaxLength / 2)) throw weight.Error($"has the shape [{string.Join(", ", extents)}]; at most {Array.MaxLength / 2} elements are read.");

        StoredType type = Type(weight["dtype"]);
        (float scale, float min) = (1, 0);
        if (weight.FindValue("quantization") is { } quantization)
        {
            type = Type(quantization["dtype"]);
            if (type is StoredType.UInt8 or StoredType.UInt16) (scale, min) = (quantization["scale"].Float(), quantization["min"].Float());
            else if (type != StoredType.Float16) throw quantization["dtype"].Error("must be uint8, uint16 or float16.");
        }

        return new Entry(name, Tensors.Shape.Create(extents), type, scale, min, [], checked((int)Math.Min(offset, int.MaxValue)));
    }

    private static StoredType Type(JsonPart dtype) => dtype.String() switch
    {
        "float32" => StoredType.Float32,
        "float16" => StoredType.Float16,
        "int32" => StoredType.Int32,
        "uint8" => StoredType.UInt8,
        "uint16" => StoredType.UInt16,
        "bool" => StoredType.Bool,
        string other => throw dtype.Error($"is {WeightFileException.Quote(other)}, which is not read. It may be float32, float16, int32, uint8, uint16 or bool."),
    };
}
