using System.Buffers.Binary;
using System.Text;
using Graft.Formats;

namespace Graft.Keras.Hdf5;

/// <summary>
/// The bytes of an HDF5 file (<see href="https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html"/>): groups, attributes and arrays, as h5py writes them unless it is told otherwise. Each place is checked before it is read.
/// </summary>
/// <remarks>
/// A file can say that anything is anywhere, the same bytes again and again and in circles. So every structure that is read, every letter and every number of an array is paid for, by its bytes, out of
/// a purse of a small multiple of the file: that bounds time and memory, whatever the file says.
/// </remarks>
internal sealed class H5File
{
    /// <summary>An address that leads nowhere.</summary>
    public const ulong Nowhere = ulong.MaxValue;

    private const int BytesPerByte = 16;
    private const int BytesFor = 1 << 20;
    private const int LongestText = 64 << 20;

    private readonly byte[] bytes;
    private readonly Dictionary<ulong, Dictionary<int, (int At, int Length)>> heaps = [];
    private long left;

    /// <summary>Begins to read.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="name">What errors call the file.</param>
    /// <exception cref="WeightFileException">It is no HDF5 file, or one of a kind that is not read.</exception>
    public H5File(byte[] bytes, string name)
    {
        (this.bytes, Name) = (bytes, name);
        left = ((long)BytesPerByte * bytes.Length) + BytesFor;
        Root = new H5Object(this, RootAddress(), "/");
    }

    /// <summary>What errors call the file.</summary>
    public string Name { get; }

    /// <summary>The number of bytes.</summary>
    public int Length => bytes.Length;

    /// <summary>The group that everything hangs on.</summary>
    public H5Object Root { get; }

    /// <summary>What every HDF5 file begins with.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>A place, where so many bytes are there.</summary>
    /// <exception cref="WeightFileException">They are not.</exception>
    public int At(ulong at, ulong count) => at <= (ulong)bytes.Length && count <= (ulong)bytes.Length - at
        ? (int)at
        : throw Fail($"it points to {count} bytes at {at}, beyond its end at {bytes.Length}. It is damaged, or cut off");

    /// <summary>Some of the bytes.</summary>
    public ReadOnlySpan<byte> Span(int at, int count) => bytes.AsSpan(At((ulong)(uint)at, (ulong)(uint)count), count);

    public byte Byte(int at) => bytes[At((ulong)(uint)at, 1)];

    public ushort UShort(int at) => BinaryPrimitives.ReadUInt16LittleEndian(Span(at, 2));

    public uint UInt(int at) => BinaryPrimitives.ReadUInt32LittleEndian(Span(at, 4));

    public ulong ULong(int at) => BinaryPrimitives.ReadUInt64LittleEndian(Span(at, 8));

    /// <summary>Some of the bytes, one after the other.</summary>
    public Stream Stream(int at, int count) => new MemoryStream(bytes, At((ulong)(uint)at, (ulong)(uint)count), count, writable: false);

    /// <summary>A number of 1, 2, 4 or 8 bytes.</summary>
    public ulong Number(int at, int size) => size switch { 1 => Byte(at), 2 => UShort(at), 4 => UInt(at), _ => ULong(at) };

    /// <summary>Makes sure that a structure begins as all of its kind.</summary>
    public void Expect(int at, ReadOnlySpan<byte> signature)
    {
        if (!Span(at, signature.Length).SequenceEqual(signature)) throw Fail($"at byte {at} there is no {Encoding.ASCII.GetString(signature)}. It is damaged");
    }

    /// <summary>Pays for bytes that are read, or memory that is taken.</summary>
    public void Spend(long count)
    {
        left -= count;
        if (left < 0) throw Fail($"its parts use its bytes so often that they would take more than {BytesPerByte} times its size. It is damaged, or made to harm");
    }

    /// <summary>A text that ends with a zero, or where its place ends.</summary>
    public string Text(int at, int most)
    {
        ReadOnlySpan<byte> span = Span(at, most);
        int end = span.IndexOf((byte)0);
        if (end >= 0) span = span[..end];
        if (span.Length > LongestText) throw Fail($"it has a text of {span.Length} bytes; at most {LongestText} are read");
        Spend(span.Length + 32);
        return Encoding.UTF8.GetString(span);
    }

    /// <summary>A text that lies in a heap of the whole file, as texts of any length do.</summary>
    /// <param name="at">Where its length and its place are.</param>
    public string HeapText(int at)
    {
        (uint length, ulong heap) = (UInt(at), ULong(at + 4));
        if (length == 0 || heap is 0 or Nowhere) return "";
        if (!heaps.TryGetValue(heap, out Dictionary<int, (int At, int Length)>? objects)) heaps.Add(heap, objects = Heap(heap));
        if (!objects.TryGetValue((int)Math.Min(UInt(at + 12), int.MaxValue), out (int At, int Length) found) || length > found.Length) throw Fail($"at byte {at} it names a text that its heap at {heap} does not have. It is damaged");
        return Text(found.At, (int)length);
    }

    /// <summary>An error about the file.</summary>
    public WeightFileException Fail(string problem) => new(Name, $"{problem}.");

    private Dictionary<int, (int At, int Length)> Heap(ulong address)
    {
        int at = At(address, 16);
        Expect(at, "GCOL"u8);
        ulong size = ULong(at + 8);
        int end = At(address, size) + (int)size;
        Spend((long)size);
        Dictionary<int, (int, int)> objects = [];
        for (int place = at + 16; place + 16 <= end;)
        {
            int index = UShort(place);
            ulong length = ULong(place + 8);
            if (index == 0) break;
            int start = At((ulong)place + 16, length);
            if (!objects.TryAdd(index, (start, (int)length))) throw Fail($"its heap at {address} has the object {index} twice. It is damaged");
            place = start + (int)Math.Min((length + 7) & ~7UL, (ulong)(end - start));
        }

        return objects;
    }

    private ulong RootAddress()
    {
        if (!bytes.AsSpan().StartsWith(Signature)) throw Fail("it is no HDF5 file: it does not begin as one");
        int version = Byte(8), sizes = version < 2 ? 13 : 9, addresses = version switch { 0 => 24, 1 => 28, _ => 12 };
        if (version > 3) throw Fail($"its format is version {version}, and 0 to 3 are read");
        if (Byte(sizes) != 8 || Byte(sizes + 1) != 8) throw Fail($"its addresses have {Byte(sizes)} bytes and its sizes {Byte(sizes + 1)}; 8 of each are read");
        if (ULong(addresses) != 0) throw Fail($"it begins at byte {ULong(addresses)} of something else, which is not read");
        ulong end = ULong(addresses + 16), root = ULong(addresses + (version < 2 ? 40 : 24));
        return end == Nowhere || end <= (ulong)bytes.Length ? root : throw Fail($"it should have {end} bytes, and has {bytes.Length}. It is cut off: get it again");
    }
}
