using System.Buffers.Binary;
using System.Text;

namespace Graft.Runs.Tests.TensorBoard;

/// <summary>A point, a text or a mark in an event file.</summary>
internal sealed record ReadEvent(double WallTime, long Step, string? Version = null, string? Tag = null, float? Value = null, string? Text = null, string? Plugin = null, long Status = 0);

/// <summary>Reads event files with nothing of the writer's: its own checksum, bit by bit, and its own reader of protocol buffers.</summary>
internal static class EventReader
{
    public static List<ReadEvent> Read(byte[] file)
    {
        List<ReadEvent> events = [];
        int offset = 0;
        while (offset < file.Length)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(offset));
            Assert.Equal(Mask(Crc(file.AsSpan(offset, 8))), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(offset + 8)));
            byte[] record = file.AsSpan(offset + 12, length).ToArray();
            Assert.Equal(Mask(Crc(record)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(offset + 12 + length)));
            offset += 16 + length;
            events.Add(Event(record));
        }

        return events;
    }

    /// <summary>CRC-32C as its definition says: polynomial 0x1EDC6F41, reflected.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }

        return crc ^ 0xFFFFFFFF;
    }

    private static uint Mask(uint crc) => ((crc >> 15) | (crc << 17)) + 0xA282EAD8;

    private static ReadEvent Event(byte[] record)
    {
        ReadEvent read = new(0, 0);
        foreach ((int field, ulong number, byte[] bytes) in Fields(record))
        {
            read = field switch
            {
                1 => read with { WallTime = BitConverter.UInt64BitsToDouble(number) },
                2 => read with { Step = (long)number },
                3 => read with { Version = Encoding.UTF8.GetString(bytes) },
                5 => Value(read, Fields(bytes).Single().Bytes),
                7 => read with { Status = (long)Fields(bytes).Single().Number },
                _ => throw new InvalidDataException($"field {field}"),
            };
        }

        return read;
    }

    private static ReadEvent Value(ReadEvent read, byte[] value)
    {
        foreach ((int field, ulong number, byte[] bytes) in Fields(value))
        {
            read = field switch
            {
                1 => read with { Tag = Encoding.UTF8.GetString(bytes) },
                2 => read with { Value = BitConverter.UInt32BitsToSingle((uint)number) },
                8 => read with { Text = Encoding.UTF8.GetString(Fields(bytes).Single(f => f.Field == 8).Bytes) },
                9 => read with { Plugin = Encoding.UTF8.GetString(Fields(Fields(bytes).Single().Bytes).Single().Bytes) },
                _ => throw new InvalidDataException($"field {field}"),
            };
        }

        return read;
    }

    private static List<(int Field, ulong Number, byte[] Bytes)> Fields(byte[] message)
    {
        List<(int, ulong, byte[])> fields = [];
        int offset = 0;
        while (offset < message.Length)
        {
            ulong key = Varint();
            int field = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    fields.Add((field, Varint(), []));
                    break;
                case 1:
                    fields.Add((field, BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(offset)), []));
                    offset += 8;
                    break;
                case 2:
                    int length = (int)Varint();
                    fields.Add((field, 0, message.AsSpan(offset, length).ToArray()));
                    offset += length;
                    break;
                case 5:
                    fields.Add((field, BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(offset)), []));
                    offset += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {key & 7}");
            }
        }

        return fields;

        ulong Varint()
        {
            ulong value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte next = message[offset++];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80) return value;
            }
        }
    }
}
