using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Graft.Runs.TensorBoard;

/// <summary>
/// TensorFlow's record framing (tensorflow/core/lib/io/record_writer.h): a record is its length (uint64), the masked CRC-32C of these eight bytes,
/// its bytes, and their masked CRC-32C, all little-endian.
/// </summary>
internal static class Records
{
    private const int HeaderLength = 12, FooterLength = 4;

    /// <summary>Adds a record.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> record)
    {
        Span<byte> header = output.GetSpan(HeaderLength);
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Masked(header[..8]));
        output.Advance(HeaderLength);
        output.Write(record);
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(FooterLength), Masked(record));
        output.Advance(FooterLength);
    }

    /// <summary>Reads the record that begins at an offset.</summary>
    /// <returns>False at the end, and where the record is cut or damaged.</returns>
    public static bool TryRead(ReadOnlySpan<byte> file, ref int offset, out ReadOnlySpan<byte> record)
    {
        record = default;
        ReadOnlySpan<byte> rest = file[offset..];
        if (rest.Length < HeaderLength + FooterLength || BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]) != Masked(rest[..8])) return false;
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(rest);
        if (length > (ulong)(rest.Length - HeaderLength - FooterLength)) return false;
        ReadOnlySpan<byte> bytes = rest.Slice(HeaderLength, (int)length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(rest[(HeaderLength + bytes.Length)..]) != Masked(bytes)) return false;
        offset += HeaderLength + bytes.Length + FooterLength;
        record = bytes;
        return true;
    }

    /// <summary>CRC-32C (Castagnoli).</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte value in bytes) crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    /// <summary>The checksum as it is stored: turned and shifted, since the checksum of bytes that hold their own checksum says little.</summary>
    public static uint Masked(ReadOnlySpan<byte> bytes) => BitOperations.RotateRight(Crc32C(bytes), 15) + 0xA282EAD8;
}
