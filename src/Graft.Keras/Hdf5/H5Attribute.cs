using Graft.Formats;

namespace Graft.Keras.Hdf5;

/// <summary>A small thing that hangs on a group or an array: Keras keeps texts there.</summary>
/// <param name="Name">Its name, with that of what it hangs on.</param>
/// <param name="Type">What its elements are.</param>
/// <param name="Count">How many there are.</param>
/// <param name="At">Where they are.</param>
internal sealed record H5Attribute(string Name, H5Type Type, int Count, int At)
{
    private const int Longest = 1024;

    /// <summary>All of an object, by name. One that cannot be read is left out: it may be of another program.</summary>
    public static Dictionary<string, H5Attribute> All(H5File file, List<H5Message> messages, string path)
    {
        Dictionary<string, H5Attribute> attributes = new(StringComparer.Ordinal);
        foreach (H5Message message in messages)
        {
            if (message.Type == H5MessageType.AttributeInfo && file.ULong(message.At + ((file.Byte(message.At + 1) & 1) != 0 ? 4 : 2)) != H5File.Nowhere)
                throw file.Fail($"{WeightFileException.Quote(path)} keeps its attributes in a way that h5py has only with libver=\"latest\" or track_order, which is not read. Save it without these");
            if (message is { Type: H5MessageType.Attribute, IsShared: false }) Read(file, message, path, attributes);
        }

        return attributes;
    }

    /// <summary>The texts that it is.</summary>
    public IEnumerable<string> Texts(H5File file)
    {
        // An empty list has no type of its own: NumPy makes one of numbers.
        if (Count > 0 && !Type.IsText && !Type.IsHeapText) throw file.Fail($"the attribute {WeightFileException.Quote(Name)} is no text. It is damaged, or not of Keras");
        for (int i = 0; i < Count; i++)
        {
            int at = At + (i * Type.Size);
            yield return Type.IsHeapText ? file.HeapText(at) : file.Text(at, Type.Size);
        }
    }

    private static void Read(H5File file, H5Message message, string path, Dictionary<string, H5Attribute> attributes)
    {
        int version = file.Byte(message.At), at = message.At + (version == 3 ? 9 : 8);
        if (version is < 1 or > 3) throw file.Fail($"an attribute at byte {message.At} is of version {version}, which is not read");
        int nameSize = file.UShort(message.At + 2), typeSize = file.UShort(message.At + 4), spaceSize = file.UShort(message.At + 6);
        if (version > 1 && (file.Byte(message.At + 1) & 3) != 0) return;
        string name = file.Text(at, Math.Min(nameSize, Longest));
        int type = at + Padded(nameSize), space = type + Padded(typeSize), data = space + Padded(spaceSize);
        if (data > message.At + message.Size) throw file.Fail($"the attribute {WeightFileException.Quote(name)} reaches beyond its object. It is damaged");
        H5Type read = H5Type.Read(file, type);
        long count = H5Extents.Count(file, H5Extents.Read(file, space));
        if (count * read.Size > message.At + message.Size - data) throw file.Fail($"the attribute {WeightFileException.Quote(name)} has {count} elements of {read.Size} bytes, more than there are. It is damaged");
        file.Spend(128);
        attributes[name] = new H5Attribute($"{path}:{name}", read, (int)count, data);

        int Padded(int size) => version == 1 ? (size + 7) & ~7 : size;
    }
}
