using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Graft.Tensors;

namespace Graft.Formats;

/// <summary>What a safetensors file says it holds; nothing of the size of the weights has been allocated yet.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The longest header, as in the reference implementation.</summary>
    public const int LongestHeader = 100_000_000;

    private const int MostAxes = 8;

    private SafetensorsHeader(string file, long dataStart) => (File, DataStart) = (file, dataStart);

    /// <summary>One tensor.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Type">Its kind of numbers.</param>
    /// <param name="Shape">Its extents.</param>
    /// <param name="Begin">Its first byte, counted from the start of the buffer.</param>
    /// <param name="End">The byte after its last.</param>
    public sealed record Entry(string Name, StoredType Type, Shape Shape, long Begin, long End);

    public string File { get; }

    public long DataStart { get; }

    /// <summary>The tensors in the order of their bytes.</summary>
    public List<Entry> Entries { get; } = [];

    public Dictionary<string, string> Metadata { get; } = [];

    /// <summary>Reads and checks the header of a stream, which is left at the start of the buffer.</summary>
    /// <param name="stream">The stream; one that cannot seek, and so has no length, becomes a copy in memory.</param>
    /// <param name="file">What errors call it.</param>
    /// <param name="expected">What errors say should have been given.</param>
    public static SafetensorsHeader Read(ref Stream stream, string file, string expected = "a .safetensors file")
    {
        if (!stream.CanSeek)
        {
            MemoryStream copy = new();
            stream.CopyTo(copy);
            copy.Position = 0;
            stream = copy;
        }

        return Read(stream, file, expected);
    }

    /// <summary>Reads and checks the header of a seekable stream; the stream is left at the start of the buffer.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="file">What errors call it.</param>
    /// <param name="expected">What errors say should have been given.</param>
    public static SafetensorsHeader Read(Stream stream, string file, string expected = "a .safetensors file")
    {
        long length = stream.Length;
        RequireKind(stream, file, expected);
        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (size > LongestHeader) throw new WeightFileException(file, $"a safetensors header has at most {LongestHeader} bytes, not {size}.", 0);
        if ((long)size > length - 8) throw new WeightFileException(file, $"the header should have {size} bytes, but only {length - 8} follow: the file is cut off.", 0);
        byte[] text = new byte[size];
        stream.ReadExactly(text);
        if (size == 0) throw new WeightFileException(file, "a safetensors header starts with '{'.", 8);
        return JsonPart.Guard(file, () =>
        {
            using JsonDocument document = JsonPart.Parse(file, "the header", text, depth: 8);
            SafetensorsHeader header = new(file, 8 + (long)size);
            header.ReadEntries(new JsonPart(file, "", document.RootElement), length - header.DataStart);
            return header;
        });
    }

    // The header's length is any bytes; the header that follows is JSON, which other kinds of files do not have there.
    private static void RequireKind(Stream stream, string file, string expected)
    {
        byte[] start = new byte[Math.Min(stream.Length, NoModel.HeadLength)];
        stream.ReadExactly(start);
        stream.Position -= start.Length;
        if (start.Length < 9 || start[8] != '{') throw NoModel.Of(file, start, expected);
    }

    /// <summary>Writes the header of tensors that follow in the same order, padded to a multiple of 8 bytes.</summary>
    public static void Write(Stream stream, IEnumerable<(string Name, string Type, IEnumerable<int> Extents, long Bytes)> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        string header = JsonPart.Write(writer =>
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                writer.WriteStartObject("__metadata__");
                foreach ((string key, string text) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) writer.WriteString(key, text);
                writer.WriteEndObject();
            }

            long offset = 0;
            foreach ((string name, string type, IEnumerable<int> extents, long bytes) in entries)
            {
                writer.WriteStartObject(name);
                writer.WriteString("dtype", type);
                writer.WriteArray("shape", extents, writer.WriteNumberValue);
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                offset += bytes;
                writer.WriteNumberValue(offset);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        });

        int length = Encoding.UTF8.GetByteCount(header);
        byte[] start = new byte[8 + ((length + 7) / 8 * 8)];
        start.AsSpan(8).Fill((byte)' ');
        BinaryPrimitives.WriteUInt64LittleEndian(start, (ulong)start.Length - 8);
        Encoding.UTF8.GetBytes(header, start.AsSpan(8));
        stream.Write(start);
    }

    private void ReadEntries(JsonPart root, long bufferLength)
    {
        foreach ((string name, JsonPart value) in root.Members())
        {
            if (name == "__metadata__")
            {
                foreach ((string key, JsonPart text) in value.Members()) Metadata.Add(key, text.String(int.MaxValue));
            }
            else
            {
                Entries.Add(ReadEntry(name, value, bufferLength));
            }
        }

        Entries.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long end = 0;
        foreach (Entry entry in Entries)
        {
            if (entry.Begin != end)
            {
                string problem = entry.Begin > end ? "leaves a hole after" : "overlaps with";
                throw new WeightFileException(File, $"tensor {WeightFileException.Quote(entry.Name)} starts at byte {entry.Begin} of the buffer and {problem} what ends at byte {end}.", DataStart + entry.Begin);
            }

            end = entry.End;
        }

        if (end != bufferLength)
            throw new WeightFileException(File, $"the tensors end at byte {end} of the buffer, which has {bufferLength} bytes.", DataStart + Math.Min(end, bufferLength));
    }

    private static Entry ReadEntry(string name, JsonPart value, long bufferLength)
    {
        StoredType type = value["dtype"].String() switch
        {
            "F64" => StoredType.Float64,
            "F32" => StoredType.Float32,
            "F16" => StoredType.Float16,
            "BF16" => StoredType.BFloat16,
            "I64" => StoredType.Int64,
            "I32" => StoredType.Int32,
            "I16" => StoredType.Int16,
            "I8" => StoredType.Int8,
            "U8" => StoredType.UInt8,
            "BOOL" => StoredType.Bool,
            string other => throw value["dtype"].Error($"is {WeightFileException.Quote(other)}, which is not read. It may be F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL."),
        };
        int[] extents = [.. value["shape"].Items(MostAxes).Select(extent => extent.Int(0, int.MaxValue))];
        JsonPart[] offsets = value["data_offsets"].Items(2);
        if (offsets.Length != 2) throw value["data_offsets"].Error($"must hold 2 numbers, not {offsets.Length}.");
        long begin = offsets[0].Long(0, long.MaxValue), end = offsets[1].Long(begin, long.MaxValue);
        if (end > bufferLength) throw value.Error($"ends at byte {end} of the tensors, of which the file has {bufferLength}: it was cut short. Copy it again.");

        UInt128 bytes = (UInt128)type.Size();
        foreach (int extent in extents)
        {
            bytes *= (UInt128)extent;
            if (bytes > long.MaxValue) break;
        }

        // A zero among the extents makes no bytes of whatever the others are.
        if (extents.Contains(0)) bytes = 0;
        if (bytes != (UInt128)(end - begin))
            throw value.Error($"has {end - begin} bytes, but its shape [{string.Join(", ", extents)}] takes {bytes}.");
        if ((end - begin) / type.Size() > Array.MaxLength / 2) throw value.Error($"has {(end - begin) / type.Size()} elements; at most {Array.MaxLength / 2} are read.");
        return new Entry(name, type, Shape.Create(extents), begin, end);
    }
}
