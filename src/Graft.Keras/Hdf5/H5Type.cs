using Graft.Formats;

namespace Graft.Keras.Hdf5;

/// <summary>What the elements of an array or an attribute are.</summary>
/// <param name="Size">Bytes of each.</param>
/// <param name="Numbers">What numbers they are; null where they are none that are read.</param>
/// <param name="IsText">Whether they are texts of a fixed length.</param>
/// <param name="IsHeapText">Whether they are texts of any length.</param>
/// <param name="IsOpaque">Whether they are bytes that mean something to who wrote them, as bfloat16 numbers to Keras.</param>
internal sealed record H5Type(int Size, StoredType? Numbers, bool IsText = false, bool IsHeapText = false, bool IsOpaque = false)
{
    public static H5Type Read(H5File file, int at)
    {
        const int Whole = 0, Floating = 1, Letters = 3, Opaque = 5, AnyLength = 9;
        int kind = file.Byte(at) & 15, bits = file.Byte(at + 1);
        uint size = file.UInt(at + 4);
        if (size is 0 or > 1 << 20) throw file.Fail($"the type at byte {at} has {size} bytes, which is not read");
        bool isBackwards = (bits & 1) != 0, isSigned = (bits & 8) != 0;
        return kind switch
        {
            Whole when !isBackwards || size == 1 => new((int)size, (size, isSigned) switch
            {
                (1, true) => StoredType.Int8,
                (1, false) => StoredType.UInt8,
                (2, true) => StoredType.Int16,
                (2, false) => StoredType.UInt16,
                (4, true) => StoredType.Int32,
                (8, true) => StoredType.Int64,
                _ => null,
            }),
            Floating when !isBackwards => new((int)size, (size, file.Byte(at + 13)) switch
            {
                (2, 5) => StoredType.Float16,
                (2, 8) => StoredType.BFloat16,
                (4, 8) => StoredType.Float32,
                (8, 11) => StoredType.Float64,
                _ => null,
            }),
            Letters => new((int)size, null, IsText: true),
            Opaque => new((int)size, null, IsOpaque: true),
            AnyLength when (bits & 15) == 1 && size == 16 => new(16, null, IsHeapText: true),
            _ => new((int)size, null),
        };
    }
}
