using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Graft.Numerics;

namespace Graft.Formats.Series;

/// <summary>An array of float64 or of 32-bit integers in a safetensors file. Numbers that float32 holds to the last bit are stored so: a reservoir's weights are such.</summary>
internal sealed class StoredArray
{
    private const int ChunkNumbers = 1 << 13;

    private StoredArray(int[] shape, double[]? numbers, int[]? integers)
    {
        (Shape, Numbers, Integers) = (shape, numbers, integers);
        Type = integers is not null ? StoredType.Int32 : Array.TrueForAll(numbers!, IsSingle) ? StoredType.Float32 : StoredType.Float64;
    }

    public int[] Shape { get; }

    public double[]? Numbers { get; }

    public int[]? Integers { get; }

    public StoredType Type { get; }

    public long Bytes => (long)(Numbers?.Length ?? Integers!.Length) * Type.Size();

    public static StoredArray Of(Matrix matrix) => new([matrix.Rows, matrix.Columns], [.. matrix.Values], null);

    public static StoredArray Of(ReadOnlySpan<double> numbers) => new([numbers.Length], [.. numbers], null);

    public static StoredArray Of(ReadOnlySpan<int> integers) => new([integers.Length], null, [.. integers]);

    /// <summary>Reads an array; the stream stands at its first byte.</summary>
    public static StoredArray Read(Stream stream, SafetensorsHeader header, SafetensorsHeader.Entry entry)
    {
        int count = (int)((entry.End - entry.Begin) / entry.Type.Size());
        int[] shape = [.. entry.Shape];
        if (entry.Type == StoredType.Int32)
        {
            int[] integers = new int[count];
            stream.ReadExactly(MemoryMarshal.AsBytes(integers.AsSpan()));
            if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(integers, integers);
            return new StoredArray(shape, null, integers);
        }

        if (entry.Type is not (StoredType.Float32 or StoredType.Float64))
            throw new WeightFileException(header.File, $"the array {WeightFileException.Quote(entry.Name)} must hold F64, F32 or I32.", header.DataStart + entry.Begin);
        double[] numbers = new double[count];
        byte[] chunk = new byte[Math.Min(count, ChunkNumbers) * entry.Type.Size()];
        for (int done = 0; done < count;)
        {
            int next = Math.Min(ChunkNumbers, count - done);
            Span<byte> bytes = chunk.AsSpan(0, next * entry.Type.Size());
            stream.ReadExactly(bytes);
            for (int i = 0; i < next; i++)
                numbers[done + i] = entry.Type == StoredType.Float64 ? BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]) : BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]);
            done += next;
        }

        return new StoredArray(shape, numbers, null);
    }

    public void Write(Stream stream)
    {
        byte[] bytes = new byte[ChunkNumbers * 8];
        int count = Numbers?.Length ?? Integers!.Length, size = Type.Size();
        for (int done = 0; done < count;)
        {
            int next = Math.Min(ChunkNumbers, count - done);
            for (int i = 0; i < next; i++)
            {
                Span<byte> one = bytes.AsSpan(i * size);
                if (Type == StoredType.Int32) BinaryPrimitives.WriteInt32LittleEndian(one, Integers![done + i]);
                else if (Type == StoredType.Float32) BinaryPrimitives.WriteSingleLittleEndian(one, (float)Numbers![done + i]);
                else BinaryPrimitives.WriteDoubleLittleEndian(one, Numbers![done + i]);
            }

            stream.Write(bytes.AsSpan(0, next * size));
            done += next;
        }
    }

    private static bool IsSingle(double value) => BitConverter.DoubleToInt64Bits((float)value) == BitConverter.DoubleToInt64Bits(value);
}
