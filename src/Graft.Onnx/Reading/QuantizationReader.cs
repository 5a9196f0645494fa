using System.Runtime.InteropServices;
using Graft.Kernels.Quantization;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;
using static Graft.Onnx.Protos.TensorProto.Types;

namespace Graft.Onnx.Reading;

/// <summary>
/// QuantizeLinear and DequantizeLinear: of values a <see cref="FakeQuantize"/>, of weights the whole numbers that a layer is given, of all other constants float32. Bytes with a sign are those without, less 128.
/// </summary>
internal static class QuantizationReader
{
    private const int Signed = 128;
    private const string Remedy = "Quantize it to 8 bits, values with one scale each and weights symmetrically (in ONNX Runtime: QuantFormat.QDQ, QuantType.QUInt8 or QInt8, weight_type=QuantType.QInt8).";

    public static void ReadQuantize(GraphReader reader, OnnxNode node)
    {
        if (node.Has(0) && reader.Known(node.Inputs[0]) is { IsFloat: true } constant)
        {
            reader.Give(node, Whole(reader, node, constant));
            return;
        }

        Value value = reader.Take(node, 0, padded: true, flat: true);
        int offset = node.Has(2) ? Offset(node, reader.TakeConstant(node, 2, "zero point").Type) : Offset(node, (DataType)node.Int("output_dtype", (long)DataType.Uint8));
        WholeNumbers whole = new(Grid(reader, node, offset), offset);

        // What is on the grid stays where it is.
        if (reader.GridOf(value) != whole.Grid) value = value with { Name = reader.Add(node, new FakeQuantize(whole.Grid), [value]) };
        reader.Give(node, value with { Whole = whole });
    }

    public static void ReadDequantize(GraphReader reader, OnnxNode node)
    {
        if (node.Has(0) && reader.Known(node.Inputs[0]) is { } constant)
        {
            reader.Give(node, Floats(reader, node, constant));
            return;
        }

        Value value = reader.Take(node, 0, padded: true, whole: true, flat: true);
        if (value.Whole is not { } whole) throw node.Refuse($"it takes a value that is no whole number. {Remedy}");
        ByteGrid grid = Grid(reader, node, whole.Offset);
        if (grid != whole.Grid) throw node.Refuse($"its scale and zero point, {Text(grid)}, are not those of the QuantizeLinear before it, {Text(whole.Grid)}.");
        reader.Give(node, value with { Whole = null });

        string Text(ByteGrid g) => $"{g.Scale} and {g.ZeroPoint - whole.Offset}";
    }

    /// <summary>The scale of each output of a layer's weights; null where they are not quantized.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="weight">Its weights.</param>
    /// <param name="axis">The axis of the outputs.</param>
    public static Tensor? ScalesOf(OnnxNode node, Constant weight, int axis)
    {
        if (weight.Grid is not { } grid) return null;
        int outputs = weight.Shape[axis];
        if (grid.Problem is { } problem) throw node.Refuse(problem);
        if (grid.Scales.Length > 1 && grid.Axis != axis) throw node.Refuse($"its weights have a scale for each place on axis {grid.Axis}, and Graft's for each output, axis {axis}.");
        float[] scales = grid.Scales.Length == outputs ? grid.Scales : [.. Enumerable.Repeat(grid.Scales[0], outputs)];
        Tensor tensor = new([outputs], scales);
        return QuantizedWeight.Problem(tensor) is { } wrong ? throw node.Refuse($"it {wrong}") : tensor;
    }

    // A scale for the whole value, and the byte of 0.
    private static ByteGrid Grid(GraphReader reader, OnnxNode node, int offset)
    {
        CheckBlocks(node);
        Constant scale = reader.TakeConstant(node, 1, "scale");
        if (!scale.IsFloat || scale.Count != 1) throw node.Refuse($"its value has {Amount.Of(scale.Count, "scale")}, and Graft's values have one. {Remedy}");
        Constant? zeroPoint = node.Has(2) ? reader.TakeConstant(node, 2, "zero point") : null;
        if (zeroPoint is { Count: not 1 } || (zeroPoint is not null && Offset(node, zeroPoint.Type) != offset)) throw node.Refuse("its zero point is not one of the type of its whole numbers.");
        ByteGrid grid = new(scale.Floats()[0], (zeroPoint?.Wholes()[0] ?? 0) + offset);
        if (grid.Scale is not (>= ByteGrid.LeastScale and <= ByteGrid.MostScale)) throw node.Refuse($"its scale is {grid.Scale}, and it must be from 1e-30 to 1e30.");
        return grid;
    }

    private static int Offset(OnnxNode node, DataType type) => type switch
    {
        DataType.Uint8 => 0,
        DataType.Int8 => Signed,
        _ => throw node.Refuse($"its whole numbers are of type {Constant.TypeName(type)}, and Graft's are of 8 bits. {Remedy}"),
    };

    private static void CheckBlocks(OnnxNode node)
    {
        if (node.Int("block_size", 0) != 0) throw node.Refuse($"it has a scale for each block of {node.Int("block_size", 0)} numbers. {Remedy}");
    }

    /// <summary>The scales and zero points of a constant: for each of its numbers their place.</summary>
    private static (float[] Scales, int[] ZeroPoints, int Axis, Func<int, int> Place) Parameters(GraphReader reader, OnnxNode node, Constant constant)
    {
        CheckBlocks(node);
        Constant scale = reader.TakeConstant(node, 1, "scale");
        Constant? zeroPoint = node.Has(2) ? reader.TakeConstant(node, 2, "zero point") : null;
        int axis = (int)Math.Clamp(node.Int("axis", 1), -64, 64), rank = constant.Shape.Length;
        if (axis < 0) axis += rank;
        bool isOne = scale.Count == 1;
        if (!scale.IsFloat || (!isOne && (axis < 0 || axis >= rank || scale.Count != constant.Shape[axis])) || (zeroPoint is not null && zeroPoint.Count != scale.Count))
            throw node.Refuse($"it has {Amount.Of(scale.Count, "scale")} and {Amount.Of(zeroPoint?.Count ?? scale.Count, "zero point")} for a constant of the extents [{string.Join(", ", constant.Shape.Take(8))}] and axis {axis}.");
        int inner = 1, places = scale.Count;
        for (int i = axis + 1; !isOne && i < rank; i++) inner *= constant.Shape[i];
        return (scale.Floats(), zeroPoint?.Wholes() ?? new int[places], isOne ? 0 : axis, isOne ? _ => 0 : i => i / inner % places);
    }

    /// <summary>The float32 numbers of whole ones.</summary>
    private static Constant Floats(GraphReader reader, OnnxNode node, Constant constant)
    {
        if (constant.Type is not (DataType.Int8 or DataType.Uint8 or DataType.Int32)) throw node.Refuse($"its constant {OnnxNode.Quote(constant.Name)} is of type {Constant.TypeName(constant.Type)}. {Remedy}");
        reader.Spend(node, 4L * constant.Count);
        (float[] scales, int[] zeroPoints, int axis, Func<int, int> place) = Parameters(reader, node, constant);
        int[] whole = constant.Wholes();
        float[] values = new float[whole.Length];
        int zero = constant.Type == DataType.Uint8 ? Signed : 0;
        bool isWeight = constant.Type != DataType.Int32, isSymmetric = Array.TrueForAll(zeroPoints, z => z == zero);
        int beyond = 0;
        for (int i = 0; i < whole.Length; i++)
        {
            int q = whole[i] - zeroPoints[place(i)];
            if (isWeight && isSymmetric && q < -RowGridKernel.Most)
            {
                q = -RowGridKernel.Most;
                beyond++;
            }

            values[i] = q * scales[place(i)];
        }

        if (beyond > 0) reader.Note($"{Amount.Of(beyond, "number")} of {OnnxNode.Quote(constant.Name)} {Amount.Word(beyond, "was", "were")} -128, and Graft's quantized weights go to -127: {Amount.Word(beyond, "it is", "they are")} that here.");
        string? problem = isSymmetric ? null : $"its weights have the zero point {zeroPoints.First(z => z != zero)}, and Graft's have {zero}. {Remedy}";
        return Constant.Of(NameOf(constant), DataType.Float, constant.Shape, MemoryMarshal.AsBytes(values.AsSpan()), isWeight ? new WeightGrid(scales, axis, problem) : null);
    }

    /// <summary>The whole numbers of float32 ones, as files of networks that were trained with rounding hold them.</summary>
    private static Constant Whole(GraphReader reader, OnnxNode node, Constant constant)
    {
        reader.Spend(node, constant.Count);
        (float[] scales, int[] zeroPoints, _, Func<int, int> place) = Parameters(reader, node, constant);
        DataType type = node.Has(2) ? reader.TakeConstant(node, 2, "zero point").Type : (DataType)node.Int("output_dtype", (long)DataType.Uint8);
        int offset = Offset(node, type);
        float[] values = constant.Floats();
        byte[] whole = new byte[values.Length];
        for (int i = 0; i < values.Length; i++) whole[i] = (byte)(new ByteGrid(scales[place(i)], zeroPoints[place(i)] + offset).Of(values[i]) - offset);
        return Constant.Of(constant.Name, type, constant.Shape, whole);
    }

    // ONNX Runtime's quantizer appends this to the name of a weight.
    private static string NameOf(Constant constant) => constant.Name.EndsWith("_quantized", StringComparison.Ordinal) ? constant.Name[..^"_quantized".Length] : constant.Name;
}
