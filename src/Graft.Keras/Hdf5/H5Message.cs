namespace Graft.Keras.Hdf5;

/// <summary>What a message in the header of an object is about.</summary>
internal enum H5MessageType
{
    Dataspace = 1,
    LinkInfo = 2,
    Datatype = 3,
    Link = 6,
    Layout = 8,
    Filters = 11,
    Attribute = 12,
    Continuation = 16,
    SymbolTable = 17,
    AttributeInfo = 21,
}

/// <summary>A message in the header of an object: a group or an array is described by several.</summary>
/// <param name="Type">What it is about.</param>
/// <param name="At">Where it begins.</param>
/// <param name="Size">How many bytes it has.</param>
/// <param name="IsShared">Whether it only says where the message is.</param>
internal readonly record struct H5Message(H5MessageType Type, int At, int Size, bool IsShared)
{
    /// <summary>The messages of an object, those of its continuations with them.</summary>
    public static List<H5Message> Read(H5File file, ulong address)
    {
        List<H5Message> messages = [];
        int at = file.At(address, 16);
        if (file.Span(at, 4).SequenceEqual("OHDR"u8)) ReadNew(file, at, messages);
        else if (file.Byte(at) == 1) ReadOld(file, at, messages);
        else throw file.Fail($"at byte {at} there is no object of a version that is read. It is damaged");
        return messages;
    }

    private static void ReadOld(H5File file, int at, List<H5Message> messages)
    {
        Queue<(ulong At, ulong Length)> blocks = new([((ulong)at + 16, file.UInt(at + 8))]);
        while (blocks.TryDequeue(out (ulong At, ulong Length) block))
        {
            int place = file.At(block.At, block.Length), end = place + (int)block.Length;
            file.Spend(16 + (long)block.Length);
            while (place + 8 <= end)
            {
                H5Message message = new((H5MessageType)file.UShort(place), place + 8, file.UShort(place + 2), (file.Byte(place + 4) & 2) != 0);
                place = Take(file, message, end, messages, blocks);
            }
        }
    }

    private static void ReadNew(H5File file, int at, List<H5Message> messages)
    {
        const int Times = 0x20, Phases = 0x10, Order = 4;
        if (file.Byte(at + 4) != 2) throw file.Fail($"the object at byte {at} is of version {file.Byte(at + 4)}, which is not read");
        int flags = file.Byte(at + 5), size = 1 << (flags & 3), header = (flags & Order) != 0 ? 6 : 4;
        int start = at + 6 + ((flags & Times) != 0 ? 16 : 0) + ((flags & Phases) != 0 ? 4 : 0);
        Queue<(ulong At, ulong Length)> blocks = new([((ulong)(start + size), file.Number(start, size))]);
        bool isFirst = true;
        while (blocks.TryDequeue(out (ulong At, ulong Length) block))
        {
            int place = file.At(block.At, block.Length), end = place + (int)block.Length;
            file.Spend(16 + (long)block.Length);
            if (!isFirst)
            {
                // A continuation has its own signature before its messages and a checksum behind them.
                file.Expect(place, "OCHK"u8);
                (place, end) = (place + 4, end - 4);
            }

            isFirst = false;
            while (place + header <= end)
            {
                H5Message message = new((H5MessageType)file.Byte(place), place + header, file.UShort(place + 1), (file.Byte(place + 3) & 2) != 0);
                place = Take(file, message, end, messages, blocks);
            }
        }
    }

    private static int Take(H5File file, H5Message message, int end, List<H5Message> messages, Queue<(ulong At, ulong Length)> blocks)
    {
        if (message.At + message.Size > end) throw file.Fail($"the message at byte {message.At} reaches beyond its object. It is damaged");
        if (message.Type == H5MessageType.Continuation) blocks.Enqueue((file.ULong(message.At), file.ULong(message.At + 8)));
        else messages.Add(message);
        file.Spend(64);
        return message.At + message.Size;
    }
}
