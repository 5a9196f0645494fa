using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Graft.Kernels.Quantization;
using Graft.Tensors;

namespace Graft.Formats;

/// <summary>
/// Safetensors files: 8 bytes of header length, a JSON header, then the tensors one after the other, without holes and without overlap.
/// See <see href="https://github.com/huggingface/safetensors"/>.
/// </summary>
internal static class Safetensors
{
    private const int ChunkBytes = 1 << 16;

    /// <summary>Reads a file. F64, F16, BF16, integers and booleans become float32.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">The file breaks a rule of the format; the message says which and where.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TensorFile Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads a stream from its start to its end.</summary>
    /// <param name="stream">The stream; one that cannot seek is copied to memory first.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="WeightFileException">The stream breaks a rule of the format; the message says which and where.</exception>
    public static TensorFile Read(Stream stream, string name)
    {
        SafetensorsHeader header = SafetensorsHeader.Read(ref stream, name);
        return new TensorFile(name, ReadTensors(stream, header)) { Metadata = header.Metadata };
    }

    /// <summary>Reads all tensors; the stream stands at the start of the buffer.</summary>
    internal static OrderedDictionary<string, Tensor> ReadTensors(Stream stream, SafetensorsHeader header)
    {
        OrderedDictionary<string, Tensor> tensors = [];
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            foreach (SafetensorsHeader.Entry entry in header.Entries)
            {
                Tensor tensor = Tensor.Uninitialized(entry.Shape);
                Span<float> rest = tensor.Span;
                while (!rest.IsEmpty)
                {
                    int count = Math.Min(rest.Length, ChunkBytes / entry.Type.Size());
                    Span<byte> bytes = chunk.AsSpan(0, count * entry.Type.Size());
                    stream.ReadExactly(bytes);
                    entry.Type.Decode(bytes, rest[..count]);
                    rest = rest[count..];
                }

                tensors.Add(entry.Name, tensor);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        return tensors;
    }

    /// <summary>Writes a file whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">The tensors; their order is kept.</param>
    /// <param name="metadata">Free text, written in the order of its keys.</param>
    /// <param name="precision">How numbers are stored.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null, WeightPrecision precision = WeightPrecision.Float32) =>
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata, precision));

    /// <summary>Writes to a stream. The same tensors give the same bytes.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="tensors">The tensors; their order is kept, those of larger elements before those of smaller.</param>
    /// <param name="metadata">Free text, written in the order of its keys.</param>
    /// <param name="precision">How numbers are stored.</param>
    /// <param name="scales">For tensors that are whole numbers times a scale for each row, the scales, which are among the tensors, too; null where there are none.</param>
    public static void Write(
        Stream stream, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null, WeightPrecision precision = WeightPrecision.Float32, IReadOnlyDictionary<string, Tensor>? scales = null)
    {
        // The largest elements first, so that every tensor is aligned to its own.
        Stored[] ordered = [.. tensors.SelectMany(tensor => Stored.Of(tensor.Key, tensor.Value, precision, scales?.GetValueOrDefault(tensor.Key))).OrderByDescending(stored => stored.Type.Size())];
        SafetensorsHeader.Write(stream, ordered.Select(t => (t.Name, t.Type switch { StoredType.Int8 => "I8", StoredType.Float16 => "F16", _ => "F32" }, (IEnumerable<int>)t.Tensor.Shape, t.Tensor.Shape.Count * t.Type.Size())), metadata);
        byte[] chunk = new byte[ChunkBytes];
        foreach (Stored stored in ordered)
        {
            if (stored.Whole is { } whole) stream.Write(MemoryMarshal.AsBytes(whole.AsSpan()));
            else WriteValues(stream, stored.Tensor.Span, stored.Type == StoredType.Float16, chunk);
        }
    }

    private static bool FitsHalf(Tensor tensor)
    {
        if (tensor.Shape.Rank < 2) return false;
        foreach (float value in tensor.Span)
        {
            if (Math.Abs(value) > 65504) return false;
        }

        return true;
    }

    private static void WriteValues(Stream stream, ReadOnlySpan<float> values, bool isHalf, byte[] chunk)
    {
        if (!isHalf && BitConverter.IsLittleEndian)
        {
            stream.Write(MemoryMarshal.AsBytes(values));
            return;
        }

        int size = isHalf ? 2 : 4;
        while (!values.IsEmpty)
        {
            int count = Math.Min(values.Length, chunk.Length / size);
            for (int i = 0; i < count; i++)
            {
                if (isHalf) BinaryPrimitives.WriteHalfLittleEndian(chunk.AsSpan(2 * i), (Half)values[i]);
                else BinaryPrimitives.WriteSingleLittleEndian(chunk.AsSpan(4 * i), values[i]);
            }

            stream.Write(chunk.AsSpan(0, count * size));
            values = values[count..];
        }
    }

    /// <summary>A tensor as it is written; whole numbers beside it where it is written as such.</summary>
    private sealed record Stored(string Name, StoredType Type, Tensor Tensor, sbyte[]? Whole = null)
    {
        public static IEnumerable<Stored> Of(string name, Tensor tensor, WeightPrecision precision, Tensor? givenScales)
        {
            if (givenScales is not null && QuantizedRows.IsFinite(tensor))
            {
                sbyte[] whole = new sbyte[tensor.Span.Length];
                RowGridKernel.Whole(tensor.Span, givenScales.Span, whole);
                return [new(name, StoredType.Int8, tensor, whole)];
            }

            if (precision == WeightPrecision.Int8 && QuantizedRows.Fits(tensor))
            {
                (sbyte[] values, Tensor scales) = QuantizedRows.Of(tensor);
                return [new(name, StoredType.Int8, tensor, values), new(name + QuantizedRows.ScaleSuffix, StoredType.Float32, scales)];
            }

            return [new(name, precision != WeightPrecision.Float32 && FitsHalf(tensor) ? StoredType.Float16 : StoredType.Float32, tensor)];
        }
    }
}
