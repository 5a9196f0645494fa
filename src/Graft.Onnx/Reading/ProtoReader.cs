using Google.Protobuf;
using Graft.Onnx.Protos;

namespace Graft.Onnx.Reading;

/// <summary>The bytes of a file as messages, after a look at how many there are.</summary>
internal static class ProtoReader
{
    public static ModelProto Read(Stream stream, out int length)
    {
        using MemoryStream memory = new(stream.CanSeek ? (int)Math.Clamp(stream.Length - stream.Position, 0, int.MaxValue - 1024) : 0);
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            if (memory.Length + read > int.MaxValue - 1024) throw new OnnxException("An ONNX file holds at most 2 GB, and this one is larger.");
            memory.Write(buffer, 0, read);
        }

        length = (int)memory.Length;
        ReadOnlySpan<byte> bytes = memory.GetBuffer().AsSpan(0, length);
        WireCheck.Run(bytes);
        try
        {
            return ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new OnnxException($"It is not a whole ONNX file: {e.Message}", e);
        }
    }
}
