using System.Buffers.Binary;
using Graft.Formats;
using Graft.Kernels.Quantization;

namespace Graft.Lite.Reading;

/// <summary>A tensor of a file: what it is, and its numbers where they are known before the network runs.</summary>
internal sealed class LiteTensor
{
    /// <summary>Bytes with a sign are those without, less this.</summary>
    public const int Signed = 128;

    private const int MostAxes = 8;

    private readonly LiteFile file;
    private readonly FlatTable? quantization;

    public LiteTensor(LiteFile file, int index, FlatTable table)
    {
        (this.file, Index) = (file, index);
        string name = table.Text(3);
        int end = name.IndexOf(';', StringComparison.Ordinal);
        Name = end > 0 ? name[..end] : name;
        Shape = table.Ints(0, MostAxes, "axis");
        Signature = table.Ints(7, MostAxes, "axis");
        Type = (LiteType)table.SByte(1);
        Data = file.Buffer(table.UInt(2));
        quantization = table.Table(4);
        if (table.Table(6) is not null) throw Fail("its numbers are stored sparsely, which is not read. Convert the network without sparsity");
    }

    /// <summary>Its number in the file.</summary>
    public int Index { get; }

    /// <summary>Its name; of several that were joined the first.</summary>
    public string Name { get; }

    /// <summary>Its extents; none where the file leaves them open, or for a single number.</summary>
    public int[] Shape { get; }

    /// <summary>Its extents with -1 for those that are free; empty where all are fixed.</summary>
    public int[] Signature { get; }

    public LiteType Type { get; }

    /// <summary>Its numbers as they are in the file; none where the network computes them.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    public bool IsConstant => !Data.IsEmpty;

    /// <summary>The number of its numbers.</summary>
    public int Count
    {
        get
        {
            long count = 1;
            foreach (int extent in Shape)
            {
                if (extent < 0 || (count *= extent) > int.MaxValue) throw Fail($"it has the extents [{string.Join(", ", Shape)}], which cannot be meant");
            }

            return (int)count;
        }
    }

    /// <summary>The numbers that a value's bytes stand for, bytes taken as those without a sign; null where it is not of bytes.</summary>
    public ByteGrid? Grid
    {
        get
        {
            if (!Type.IsByte()) return null;
            (float[] scales, int[] zeroPoints) = Scales(1);
            if (scales.Length != 1) throw Fail("it is of bytes without a scale, so that nothing says what they stand for");
            return new ByteGrid(scales[0], zeroPoints[0] + (Type == LiteType.Int8 ? Signed : 0));
        }
    }

    /// <summary>The axis that scales are along, where there are several.</summary>
    public int ScaleAxis => quantization?.Int(6) ?? 0;

    /// <summary>The scales and zero points of its whole numbers; none where it has none.</summary>
    /// <param name="most">How many there may be.</param>
    public (float[] Scales, int[] ZeroPoints) Scales(int most)
    {
        if (quantization is not { } table) return ([], []);
        if (table.SByte(4) != 0) throw Fail("it is quantized in another way than by scales and zero points");
        float[] scales = table.Floats(2, most, "scale");
        long[] points = table.Longs(3, most, "zero point");
        if (points.Length == 0) points = new long[scales.Length];
        if (points.Length != scales.Length) throw Fail($"it has {Amount.Of(scales.Length, "scale")} and {Amount.Of(points.Length, "zero point")}; there must be as many");
        foreach (float scale in scales)
            if (scale is not (>= ByteGrid.LeastScale and <= ByteGrid.MostScale)) throw Fail($"its scale is {scale}, and it must be from 1e-30 to 1e30");
        (int low, int high) = Type switch { LiteType.UInt8 => (0, 255), LiteType.Int8 => (-128, 127), _ => (0, 0) };
        foreach (long point in points)
            if (point < low || point > high) throw Fail($"its zero point is {point}, and for {Type.Name()} it must be from {low} to {high}");
        return (scales, [.. points.Select(point => (int)point)]);
    }

    /// <summary>Its whole numbers.</summary>
    public int[] Wholes()
    {
        ReadOnlySpan<byte> data = Numbers(Type is LiteType.Int32 or LiteType.Int64 || Type.IsByte(), "whole numbers");
        int[] values = new int[Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Type switch
            {
                LiteType.UInt8 => data[i],
                LiteType.Int8 => (sbyte)data[i],
                LiteType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(data[(4 * i)..]),
                _ => (int)Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(data[(8 * i)..]), int.MinValue, int.MaxValue),
            };
        }

        return values;
    }

    /// <summary>Its numbers; of bytes with one scale what they stand for.</summary>
    public float[] Floats()
    {
        ReadOnlySpan<byte> data = Numbers(Type is LiteType.Float32 or LiteType.Float16 || Type.IsByte(), "numbers");
        float[] values = new float[Count];
        ByteGrid grid = Grid ?? default;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Type switch
            {
                LiteType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(data[(4 * i)..]),
                LiteType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(data[(2 * i)..]),
                LiteType.Int8 => grid.At((byte)(data[i] + Signed)),
                _ => grid.At(data[i]),
            };
        }

        return values;
    }

    /// <summary>An error about it.</summary>
    public WeightFileException Fail(string problem) => file.Fail($"tensor {Index}, {WeightFileException.Quote(Name)}: {problem}");

    private ReadOnlySpan<byte> Numbers(bool isRead, string what)
    {
        if (!isRead) throw Fail($"its numbers are of the type {Type.Name()}, where {what} are wanted");
        long bytes = (long)Count * Type.Bytes();
        if (Data.Length != bytes) throw Fail($"it has the extents [{string.Join(", ", Shape)}] of {Type.Name()}, which take {bytes} bytes, and {Data.Length} are there. The file is damaged");
        return Data.Span;
    }
}
