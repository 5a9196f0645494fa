using Graft.Formats;

namespace Graft.Lite.Reading;

/// <summary>A TensorFlow Lite file by its schema (version 3): the first subgraph, its tensors and operators, and what is kept beside it.</summary>
internal sealed class LiteFile
{
    private const int Version = 3;

    /// <summary>Far more than any classifier has.</summary>
    private const int MostOperators = 10_000, MostValues = 64;

    private readonly FlatFile file;
    private readonly FlatTables codes, buffers, tensors, metadata;
    private readonly Dictionary<int, LiteTensor> known = [];

    /// <summary>Reads what leads to the rest.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">What errors call it.</param>
    public LiteFile(byte[] bytes, string name)
    {
        file = new FlatFile(bytes, name);
        if (bytes.Length < 8 || !bytes.AsSpan(4, 4).SequenceEqual("TFL3"u8)) throw file.Fail("it is no TensorFlow Lite file: it does not say 'TFL3' at its beginning");
        FlatTable root = file.Root();
        if (root.UInt(0) != Version) throw file.Fail($"it is of version {root.UInt(0)} of TensorFlow Lite's schema, and version {Version} is read");
        (codes, buffers, metadata, Description) = (root.Tables(1), root.Tables(4), root.Tables(6), root.Text(3));
        FlatTables subgraphs = root.Tables(2);
        Subgraphs = subgraphs.Count;
        FlatTable graph = subgraphs.Take(0, "subgraph");
        tensors = graph.Tables(0);
        (Inputs, Outputs) = (graph.Ints(1, MostValues, "input"), graph.Ints(2, MostValues, "output"));
        FlatTables operators = graph.Tables(3);
        if (operators.Count > MostOperators) throw file.Fail($"it has {operators.Count} operators; up to {MostOperators:N0} are read");
        LiteOperator[] list = new LiteOperator[operators.Count];
        for (int i = 0; i < list.Length; i++) list[i] = new LiteOperator(this, i, operators.Take(i, "operator"));
        Operators = list;
    }

    /// <summary>What errors call the file.</summary>
    public string Name => file.Name;

    /// <summary>The number of bytes.</summary>
    public int Length => file.Length;

    /// <summary>What made the file, as it says.</summary>
    public string Description { get; }

    /// <summary>How many networks are in the file; the first one is read.</summary>
    public int Subgraphs { get; }

    /// <summary>The tensors that are given to the network.</summary>
    public int[] Inputs { get; }

    /// <summary>The tensors that it gives.</summary>
    public int[] Outputs { get; }

    /// <summary>The operators in the order in which they run.</summary>
    public IReadOnlyList<LiteOperator> Operators { get; }

    /// <summary>A tensor.</summary>
    public LiteTensor Tensor(int index)
    {
        if (!known.TryGetValue(index, out LiteTensor? tensor)) known.Add(index, tensor = new LiteTensor(this, index, tensors.Take(index, "tensor")));
        return tensor;
    }

    /// <summary>The bytes of a buffer, which may lie behind the tables.</summary>
    public ReadOnlyMemory<byte> Buffer(uint index)
    {
        // The first one is empty, for tensors that have none.
        if (index == 0) return default;
        FlatTable buffer = buffers.Take(index, "buffer");
        (ulong offset, ulong size) = (buffer.ULong(1), buffer.ULong(2));
        return offset > 1 ? file.Slice((long)Math.Min(offset, long.MaxValue / 2), (long)Math.Min(size, long.MaxValue / 4)) : buffer.Bytes(0);
    }

    /// <summary>The name of an operator's type.</summary>
    public string TypeOf(uint code)
    {
        FlatTable table = codes.Take(code, "operator code");
        int builtin = Math.Max(table.SByte(0), table.Int(3));
        return OperatorNames.Of(builtin) is "CUSTOM" ? $"CUSTOM {table.Text(1)}" : OperatorNames.Of(builtin);
    }

    /// <summary>What stands beside the network under a name; empty where nothing does.</summary>
    public ReadOnlyMemory<byte> Metadata(string key)
    {
        const int Most = 64;
        for (int i = 0; i < Math.Min(metadata.Count, Most); i++)
        {
            FlatTable entry = metadata.Take(i, "metadata");
            if (entry.Text(0) == key) return Buffer(entry.UInt(1));
        }

        return default;
    }

    /// <summary>An error about the file.</summary>
    public WeightFileException Fail(string problem) => file.Fail(problem);
}
