using Graft.Formats;
using Graft.Tensors;

namespace Graft.Keras.Hdf5;

/// <summary>An array of numbers.</summary>
internal sealed class H5Array
{
    private readonly H5File file;
    private readonly H5Type type;
    private readonly long[] extents;
    private readonly H5Message layout;
    private readonly H5Filters filters;
    private readonly string path;

    private H5Array(H5File file, H5Type type, long[] extents, H5Message layout, H5Filters filters, string path) =>
        (this.file, this.type, this.extents, this.layout, this.filters, this.path) = (file, type, extents, layout, filters, path);

    /// <summary>Its extents.</summary>
    public Shape Shape => Shape.Create([.. extents.Select(extent => (int)extent)]);

    /// <summary>Looks at an array; its numbers are not read yet.</summary>
    public static H5Array Read(H5File file, List<H5Message> messages, string path)
    {
        H5Filters filters = messages.Find(message => message.Type == H5MessageType.Filters) is { Size: > 0 } pipeline ? H5Filters.Read(file, pipeline.At) : H5Filters.None;
        H5Message dataspace = Need(H5MessageType.Dataspace), datatype = Need(H5MessageType.Datatype), layout = Need(H5MessageType.Layout);
        return new H5Array(file, H5Type.Read(file, datatype.At), H5Extents.Read(file, dataspace.At), layout, filters, path);

        H5Message Need(H5MessageType type)
        {
            H5Message found = messages.Find(message => message.Type == type);
            if (found.Size == 0 || found.IsShared) throw file.Fail($"{WeightFileException.Quote(path)} is no array as Keras writes them: it has no {type} of its own");
            return found;
        }
    }

    /// <summary>Its numbers as float32.</summary>
    /// <param name="opaque">What numbers they are where HDF5 does not know them.</param>
    public Tensor Numbers(StoredType? opaque = null)
    {
        StoredType numbers = (type.IsOpaque && opaque is { } known && known.Size() == type.Size ? opaque : type.Numbers)
            ?? throw file.Fail($"{WeightFileException.Quote(path)} has elements that are no numbers that are read: those are float16, bfloat16, float32, float64 and whole numbers, the lowest byte first");
        long count = H5Extents.Count(file, extents), bytes = count * type.Size;
        if (bytes > int.MaxValue) throw file.Fail($"{WeightFileException.Quote(path)} has {bytes} bytes; at most {int.MaxValue} are read");

        // Before anything of its size is made.
        file.Spend(bytes + (4 * count));
        ReadOnlySpan<byte> stored = Bytes((int)bytes);
        Tensor tensor = Tensor.Uninitialized(Shape);
        numbers.Decode(stored, tensor.Span);
        return tensor;
    }

    private ReadOnlySpan<byte> Bytes(int count)
    {
        const int Compact = 0, Chunked = 2;
        int at = layout.At, version = file.Byte(at), kind = file.Byte(at + 1);
        if (version is not (3 or 4) || kind > Chunked || (version == 4 && kind == Chunked)) throw Fail($"is laid out in a way (version {version}, kind {kind}) that is not read. Save it with h5py as it does unless told otherwise");
        if (kind == Chunked) return new H5Chunks(file, extents, type.Size, filters, path).Read(at, count);
        ulong size = kind == Compact ? file.UShort(at + 2) : file.ULong(at + 10);
        if (size < (ulong)count) throw Fail($"has {size} bytes, and its extents want {count}. It is damaged");
        if (kind == Compact) return file.Span(at + 4, count);

        // What was never written has no place: its numbers are 0.
        ulong address = file.ULong(at + 2);
        return address == H5File.Nowhere ? new byte[count] : file.Span(file.At(address, (ulong)count), count);
    }

    private WeightFileException Fail(string problem) => file.Fail($"{WeightFileException.Quote(path)} {problem}");
}
