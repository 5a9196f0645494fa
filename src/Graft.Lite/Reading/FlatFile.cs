using Google.FlatBuffers;
using Graft.Formats;

namespace Graft.Lite.Reading;

/// <summary>The bytes of a FlatBuffers file (<see href="https://flatbuffers.dev/internals/"/>): a tree of tables that point forward to each other. Each place is checked before it is read.</summary>
/// <param name="bytes">The bytes.</param>
/// <param name="name">What errors call the file.</param>
internal sealed class FlatFile(byte[] bytes, string name)
{
    private readonly ByteBuffer buffer = new(bytes);

    /// <summary>What errors call the file.</summary>
    public string Name => name;

    /// <summary>The number of bytes.</summary>
    public int Length => bytes.Length;

    /// <summary>The table that the others hang on.</summary>
    public FlatTable Root() => new(this, Follow(0));

    public byte Byte(int at) => buffer.Get(At(at, 1));

    public ushort UShort(int at) => buffer.GetUshort(At(at, 2));

    public int Int(int at) => buffer.GetInt(At(at, 4));

    public uint UInt(int at) => buffer.GetUint(At(at, 4));

    public long Long(int at) => buffer.GetLong(At(at, 8));

    public float Float(int at) => buffer.GetFloat(At(at, 4));

    /// <summary>Some of the bytes, where they are.</summary>
    public ReadOnlyMemory<byte> Slice(long at, long count) => bytes.AsMemory(At(at, count), (int)count);

    /// <summary>The place that an offset at a place leads to.</summary>
    public int Follow(int at) => At(at + (long)UInt(at), 4);

    /// <summary>A place, where so many bytes are there.</summary>
    /// <exception cref="WeightFileException">They are not.</exception>
    public int At(long at, long count) => at >= 0 && count >= 0 && at + count <= bytes.Length ? (int)at : throw Fail($"it points to {count} bytes at {at}, beyond its end at {bytes.Length}. It is damaged, or cut off");

    /// <summary>An error about the file.</summary>
    public WeightFileException Fail(string problem) => new(name, $"{problem}.");
}
