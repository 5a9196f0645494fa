using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Graft.Formats;

/// <summary>The kinds of numbers that files hold; all are read as float32.</summary>
internal enum StoredType
{
    Float64,
    Float32,
    Float16,
    BFloat16,
    Int64,
    Int32,
    Int16,
    Int8,
    UInt16,
    UInt8,
    Bool,
}

internal static class StoredTypes
{
    public static int Size(this StoredType type) => type switch
    {
        StoredType.Float64 or StoredType.Int64 => 8,
        StoredType.Float32 or StoredType.Int32 => 4,
        StoredType.Float16 or StoredType.BFloat16 or StoredType.Int16 or StoredType.UInt16 => 2,
        _ => 1,
    };

    /// <summary>Reads little-endian numbers as float32.</summary>
    public static void Decode(this StoredType type, ReadOnlySpan<byte> bytes, Span<float> values)
    {
        int size = type.Size();
        if (type == StoredType.Float32 && BitConverter.IsLittleEndian)
        {
            MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values);
            return;
        }

        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> one = bytes.Slice(i * size, size);
            values[i] = type switch
            {
                StoredType.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(one),
                StoredType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(one),
                StoredType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(one),
                StoredType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(one) << 16),
                StoredType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(one),
                StoredType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(one),
                StoredType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(one),
                StoredType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(one),
                StoredType.Int8 => (sbyte)one[0],
                StoredType.Bool => one[0] == 0 ? 0 : 1,
                _ => one[0],
            };
        }
    }
}
