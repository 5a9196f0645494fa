using System.Text;

namespace Graft.Lite.Reading;

/// <summary>A table of a file: fields by their number in the schema, each of which may be absent.</summary>
internal readonly struct FlatTable
{
    private const int Header = 4;

    private readonly FlatFile file;
    private readonly int start, size, fields, fieldBytes;

    /// <summary>The table at a place.</summary>
    public FlatTable(FlatFile file, int start)
    {
        (this.file, this.start) = (file, start);
        fields = file.At(start - (long)file.Int(start), Header);
        (fieldBytes, size) = (file.UShort(fields), file.UShort(fields + 2));
        if (fieldBytes < Header || fieldBytes % 2 != 0 || size < Header) throw file.Fail($"its table at {start} has a list of fields of {fieldBytes} bytes for {size}. It is damaged, or no TensorFlow Lite file");
        file.At(fields, fieldBytes);
        file.At(start, size);
    }

    public int Int(int id, int absent = 0) => Field(id, 4) is > 0 and int at ? file.Int(at) : absent;

    public uint UInt(int id) => Field(id, 4) is > 0 and int at ? file.UInt(at) : 0;

    public ulong ULong(int id) => Field(id, 8) is > 0 and int at ? (ulong)file.Long(at) : 0;

    public int SByte(int id) => Field(id, 1) is > 0 and int at ? (sbyte)file.Byte(at) : 0;

    public bool Flag(int id) => SByte(id) != 0;

    public float Float(int id, float absent) => Field(id, 4) is > 0 and int at ? file.Float(at) : absent;

    public FlatTable? Table(int id) => Field(id, 4) is > 0 and int at ? new FlatTable(file, file.Follow(at)) : null;

    /// <summary>A list of tables.</summary>
    public FlatTables Tables(int id)
    {
        (int at, int count) = Vector(id, 4);
        return new FlatTables(file, at, count);
    }

    /// <summary>A text, the beginning of it where it is long.</summary>
    public string Text(int id)
    {
        const int Most = 512;
        (int at, int count) = Vector(id, 1);
        return Encoding.UTF8.GetString(file.Slice(at, Math.Min(count, Most)).Span);
    }

    /// <summary>A list of bytes, where they are in the file.</summary>
    public ReadOnlyMemory<byte> Bytes(int id)
    {
        (int at, int count) = Vector(id, 1);
        return file.Slice(at, count);
    }

    /// <summary>A list of whole numbers.</summary>
    /// <param name="id">The field.</param>
    /// <param name="most">How many there may be.</param>
    /// <param name="what">What errors call one of them.</param>
    public int[] Ints(int id, int most, string what)
    {
        (int at, int count) = Vector(id, 4, most, what);
        int[] values = new int[count];
        for (int i = 0; i < count; i++) values[i] = file.Int(at + (4 * i));
        return values;
    }

    /// <summary>A list of whole numbers of 64 bits.</summary>
    public long[] Longs(int id, int most, string what)
    {
        (int at, int count) = Vector(id, 8, most, what);
        long[] values = new long[count];
        for (int i = 0; i < count; i++) values[i] = file.Long(at + (8 * i));
        return values;
    }

    /// <summary>A list of numbers.</summary>
    public float[] Floats(int id, int most, string what)
    {
        (int at, int count) = Vector(id, 4, most, what);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = file.Float(at + (4 * i));
        return values;
    }

    private (int At, int Count) Vector(int id, int elementBytes, int most, string what)
    {
        (int at, int count) = Vector(id, elementBytes);
        return count <= most ? (at, count) : throw file.Fail($"it has {Amount.Of(count, what)} where at most {most} can be meant. It is damaged");
    }

    private (int At, int Count) Vector(int id, int elementBytes)
    {
        if (Field(id, 4) is not (> 0 and int at)) return (0, 0);
        int first = file.Follow(at);
        uint count = file.UInt(first);
        return (file.At(first + 4L, (long)count * elementBytes), (int)count);
    }

    // Where a field is; 0 where it is absent.
    private int Field(int id, int bytes)
    {
        int entry = Header + (2 * id);
        int offset = entry + 2 <= fieldBytes ? file.UShort(fields + entry) : 0;
        if (offset == 0) return 0;
        return offset >= Header && offset + bytes <= size ? start + offset : throw file.Fail($"field {id} of its table at {start} lies at {offset} of {size} bytes. It is damaged");
    }
}

/// <summary>A list of tables, each of which is looked at when it is wanted.</summary>
/// <param name="file">The file.</param>
/// <param name="at">Where the first offset is.</param>
/// <param name="count">How many there are.</param>
internal readonly struct FlatTables(FlatFile file, int at, int count)
{
    public int Count => count;

    /// <summary>A table.</summary>
    /// <param name="index">Which.</param>
    /// <param name="what">What errors call it.</param>
    public FlatTable Take(long index, string what) => index >= 0 && index < count
        ? new FlatTable(file, file.Follow(at + (4 * (int)index)))
        : throw file.Fail($"it names {what} {index}, and has {count} of them. It is damaged");
}
