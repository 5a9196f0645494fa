namespace Graft.Onnx.Reading;

/// <summary>
/// Walks the encoded messages of a file before any of them is made. A message of two bytes becomes an object of a hundred, so a file that consists of
/// little but empty messages would take many times its size in memory; weights take only their own.
/// </summary>
internal static class WireCheck
{
    // MobileNetV2 takes about 20,000.
    private const long Most = 1_000_000;

    private enum Kind
    {
        Leaf,
        Model,
        Graph,
        Node,
        Attribute,
        Tensor,
        ValueInfo,
        Type,
        TensorType,
        Shape,
        Dimension,
        Entry,
    }

    public static void Run(ReadOnlySpan<byte> file)
    {
        long parts = 0;
        Walk(file, Kind.Model, 0, ref parts);
    }

    private static void Walk(ReadOnlySpan<byte> message, Kind kind, int start, ref long parts)
    {
        int at = 0;
        while (at < message.Length)
        {
            int field = start + at;
            ulong tag = Varint(message, ref at, start);
            switch (tag & 7)
            {
                case 0:
                    Varint(message, ref at, start);
                    parts++;
                    break;
                case 1:
                    Skip(message, ref at, 8, start);
                    break;
                case 5:
                    Skip(message, ref at, 4, start);
                    break;
                case 2:
                    ulong length = Varint(message, ref at, start);
                    int content = at;
                    Skip(message, ref at, length, start);
                    Kind child = Child(kind, tag >> 3);
                    parts += 1;
                    if (child != Kind.Leaf) Walk(message.Slice(content, (int)length), child, start + content, ref parts);
                    else if (!IsBulk(kind, tag >> 3)) parts += (long)length / 8;
                    break;
                default:
                    throw new OnnxException($"It is not an ONNX file: byte {field} begins no field of a protocol buffer.");
            }

            if (parts > Most) throw new OnnxException($"It consists of more than {Most:N0} parts beside its weights, which no network that Graft can import does.");
        }
    }

    private static Kind Child(Kind kind, ulong field) => (kind, field) switch
    {
        (Kind.Model, 7) => Kind.Graph,
        (Kind.Model, 8 or 14) => Kind.Entry,
        (Kind.Graph, 1) => Kind.Node,
        (Kind.Graph, 5) => Kind.Tensor,
        (Kind.Graph, 11 or 12) => Kind.ValueInfo,
        (Kind.Node, 5) => Kind.Attribute,
        (Kind.Attribute, 5) => Kind.Tensor,
        (Kind.Tensor, 13) => Kind.Entry,
        (Kind.ValueInfo, 2) => Kind.Type,
        (Kind.Type, 1) => Kind.TensorType,
        (Kind.TensorType, 2) => Kind.Shape,
        (Kind.Shape, 1) => Kind.Dimension,
        _ => Kind.Leaf,
    };

    // Weights take as much memory as file; documentation, value infos and functions are skipped.
    private static bool IsBulk(Kind kind, ulong field) => (kind, field) switch
    {
        (Kind.Tensor, 4 or 9) => true,
        (Kind.Graph, 10 or 13) => true,
        (Kind.Node, 6) => true,
        (Kind.Model, 25) => true,
        _ => false,
    };

    private static ulong Varint(ReadOnlySpan<byte> message, ref int at, int start)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (at >= message.Length) throw new OnnxException($"It is not a whole ONNX file: it breaks off at byte {start + at}.");
            byte part = message[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }

        throw new OnnxException($"It is not an ONNX file: the number before byte {start + at} is too long.");
    }

    private static void Skip(ReadOnlySpan<byte> message, ref int at, ulong length, int start)
    {
        if (length > (ulong)(message.Length - at)) throw new OnnxException($"It is not a whole ONNX file: byte {start + at} begins {length:N0} bytes, and {message.Length - at:N0} are left.");
        at += (int)length;
    }
}
