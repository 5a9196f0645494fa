using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Graft.Onnx.Protos;
using Graft.Tensors;
using static Graft.Onnx.Protos.TensorProto.Types;

namespace Graft.Onnx.Reading;

/// <summary>A value known before the network runs: an initializer, a constant node, or the extents of another value.</summary>
internal sealed class Constant
{
    /// <summary>Stands for the batch size among extents.</summary>
    public const long Batch = long.MinValue;

    // Younger than the operators that are read.
    private const DataType Uint4 = (DataType)21, Int4 = (DataType)22;

    private readonly TensorProto? tensor;
    private readonly long[]? integers;
    private readonly int[] extents;
    private readonly string name;

    /// <summary>Wraps a tensor of the file.</summary>
    /// <exception cref="OnnxException">Its data are not as many as its extents say.</exception>
    public Constant(string name, TensorProto tensor)
    {
        (this.name, this.tensor) = (name, tensor);
        long count = 1;
        foreach (long extent in tensor.Dims)
        {
            if (extent is < 0 or > int.MaxValue) throw new OnnxException($"{OnnxNode.Quote(name)} has the extents [{Extents(tensor)}]; each must be from 0 to {int.MaxValue}.");
            count *= extent;
            if (count > int.MaxValue) throw new OnnxException($"{OnnxNode.Quote(name)} has the extents [{Extents(tensor)}], which is more than {int.MaxValue} values.");
        }

        (long held, int size) = (DataType)tensor.DataType switch
        {
            DataType.Float => (tensor.FloatData.Count, 4),
            DataType.Int64 => (tensor.Int64Data.Count, 8),
            DataType.Int32 => (tensor.Int32Data.Count, 4),
            DataType.Bool or DataType.Int8 or DataType.Uint8 => (tensor.Int32Data.Count, 1),
            DataType other when other is DataType.Int16 or DataType.Uint16 or Uint4 or Int4 =>
                throw new OnnxException($"{OnnxNode.Quote(name)} holds numbers of type {TypeName(other)}, and Graft reads float32 and, of quantized networks, 8 bits. Quantize the network to 8 bits."),
            DataType other => throw new OnnxException($"{OnnxNode.Quote(name)} holds numbers of type {TypeName(other)}, and Graft reads float32. Export the network in float32."),
        };
        if (tensor.RawData.Length > 0) held = tensor.RawData.Length % size == 0 ? tensor.RawData.Length / size : -1;
        if (held != count) throw new OnnxException($"{OnnxNode.Quote(name)} has the extents [{Extents(tensor)}], but not as many values.");
        Count = (int)count;
        extents = [.. tensor.Dims.Select(extent => (int)extent)];
    }

    /// <summary>Wraps integers.</summary>
    public Constant(string name, long[] integers, int[]? extents = null) =>
        (this.name, this.integers, Count, this.extents) = (name, integers, integers.Length, extents ?? [integers.Length]);

    /// <summary>A constant that a node makes of another one.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="type">What its numbers are.</param>
    /// <param name="extents">Its extents.</param>
    /// <param name="bytes">Its numbers.</param>
    /// <param name="grid">What it was made of where that may be the weights of a layer.</param>
    public static Constant Of(string name, DataType type, int[] extents, ReadOnlySpan<byte> bytes, WeightGrid? grid = null)
    {
        TensorProto tensor = new() { DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        foreach (int extent in extents) tensor.Dims.Add(extent);
        return new Constant(name, tensor) { Grid = grid };
    }

    /// <summary>The same numbers under other extents, as many.</summary>
    public Constant Reshaped(int[] shape) => new(this, shape);

    private Constant(Constant from, int[] shape)
    {
        (name, tensor, integers, extents, Count) = (from.name, from.tensor, from.integers, shape, from.Count);
        Grid = from.Grid is not { } grid || grid.Scales.Length == 1 || shape.SequenceEqual(from.extents) ? from.Grid : grid with { Problem = "its weights have a scale for each output and then another shape. Quantize them in the shape in which the layer takes them." };
    }

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>What its numbers are.</summary>
    public DataType Type => (DataType)(tensor?.DataType ?? (int)DataType.Int64);

    /// <summary>What a DequantizeLinear has made it of; null where none has.</summary>
    public WeightGrid? Grid { get; private init; }

    /// <summary>The number of values.</summary>
    public int Count { get; }

    /// <summary>Whether the values are float32.</summary>
    public bool IsFloat => tensor?.DataType == (int)DataType.Float;

    /// <summary>The extents.</summary>
    public int[] Shape => extents;

    /// <summary>The values of a float32 constant.</summary>
    /// <exception cref="OnnxException">The constant is of another type.</exception>
    public float[] Floats()
    {
        if (!IsFloat) throw new OnnxException($"{OnnxNode.Quote(name)} holds integers where float32 numbers are needed.");
        if (tensor!.RawData.Length == 0) return [.. tensor.FloatData];
        float[] values = new float[Count];
        tensor.RawData.Span.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        if (!BitConverter.IsLittleEndian)
        {
            Span<int> bits = MemoryMarshal.Cast<float, int>(values.AsSpan());
            BinaryPrimitives.ReverseEndianness(bits, bits);
        }

        return values;
    }

    /// <summary>The values of a float32 constant as a tensor of another shape with as many elements.</summary>
    public Tensor Tensor(Shape shape) => new(shape, Floats());

    /// <summary>The values of an integer or Boolean constant.</summary>
    /// <exception cref="OnnxException">The constant is of another type, or has more values than extents and axes need.</exception>
    public long[] Integers()
    {
        if (integers is not null) return integers;
        if (IsFloat || Count > 64) throw new OnnxException($"{OnnxNode.Quote(name)} holds {Count} {(IsFloat ? "float32 numbers" : "integers")} where a few integers are needed.");
        ReadOnlySpan<byte> raw = tensor!.RawData.Span;
        bool isRaw = raw.Length > 0;
        long[] values = new long[Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (DataType)tensor.DataType switch
            {
                DataType.Int64 => isRaw ? BinaryPrimitives.ReadInt64LittleEndian(raw[(i * 8)..]) : tensor.Int64Data[i],
                DataType.Int32 => isRaw ? BinaryPrimitives.ReadInt32LittleEndian(raw[(i * 4)..]) : tensor.Int32Data[i],
                DataType.Int8 => (sbyte)(isRaw ? raw[i] : tensor.Int32Data[i]),
                _ => isRaw ? raw[i] : tensor.Int32Data[i],
            };
        }

        return values;
    }

    /// <summary>The values of a constant of whole numbers, however many.</summary>
    /// <exception cref="OnnxException">The constant is of another type.</exception>
    public int[] Wholes()
    {
        if (Type is not (DataType.Int8 or DataType.Uint8 or DataType.Int32)) throw new OnnxException($"{OnnxNode.Quote(name)} is of type {TypeName(Type)} where whole numbers of 8 or 32 bits are needed.");
        ReadOnlySpan<byte> raw = tensor!.RawData.Span;
        int[] values = new int[Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Type switch
            {
                DataType.Int32 => raw.IsEmpty ? tensor.Int32Data[i] : BinaryPrimitives.ReadInt32LittleEndian(raw[(i * 4)..]),
                DataType.Int8 => (sbyte)(raw.IsEmpty ? tensor.Int32Data[i] : raw[i]),
                _ => (byte)(raw.IsEmpty ? tensor.Int32Data[i] : raw[i]),
            };
        }

        return values;
    }

    private static string Extents(TensorProto tensor) => string.Join(", ", tensor.Dims.Take(8)) + (tensor.Dims.Count > 8 ? ", ..." : "");

    /// <summary>A type as ONNX calls it.</summary>
    public static string TypeName(DataType type) => type switch { Uint4 => "UINT4", Int4 => "INT4", _ => Enum.IsDefined(type) ? type.ToString().ToUpperInvariant() : ((int)type).ToString() };
}
