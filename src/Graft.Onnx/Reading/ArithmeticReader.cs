using Graft.Operations;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>Add, Sub, Mul and Div: of two values, or of a value and a constant.</summary>
internal static class ArithmeticReader
{
    /// <summary>A value and a constant that is spread over it.</summary>
    /// <param name="Value">The value.</param>
    /// <param name="Number">The constant's number for a channel.</param>
    /// <param name="IsSecond">Whether the constant comes first.</param>
    private sealed record Operand(Value Value, Func<int, float> Number, bool IsSecond);

    public static void ReadAdd(GraphReader reader, OnnxNode node)
    {
        if (HardSwishReader.TryRead(reader, node)) return;
        if (WithConstant(reader, node) is { } one) NormReader.Write(reader, node, one.Value, _ => 1, one.Number);
        else ReadSum(reader, node, reader.Take(node, 0), reader.Take(node, 1));
    }

    /// <summary>A sum of any number of values, as additions one after another.</summary>
    public static void ReadSumOfAll(GraphReader reader, OnnxNode node)
    {
        reader.Give(node, reader.Take(node, 0));
        for (int i = 1; i < node.Inputs.Count; i++) ReadSum(reader, node, reader.Find(node.Output)!, reader.Take(node, i));
    }

    public static void ReadSub(GraphReader reader, OnnxNode node)
    {
        if (WithConstant(reader, node) is not { } one) throw node.Refuse("Graft subtracts no value from another.");
        if (one.IsSecond) NormReader.Write(reader, node, one.Value, _ => -1, one.Number);
        else NormReader.Write(reader, node, one.Value, _ => 1, channel => -one.Number(channel));
    }

    public static void ReadMul(GraphReader reader, OnnxNode node)
    {
        if (ComposedNormReader.TryRead(reader, node)) return;
        if (WithConstant(reader, node) is { } one) NormReader.Write(reader, node, one.Value, one.Number, _ => 0);
        else ReadProduct(reader, node, reader.Take(node, 0), reader.Take(node, 1));
    }

    public static void ReadDiv(GraphReader reader, OnnxNode node)
    {
        if (WithConstant(reader, node) is not { IsSecond: false } one) throw node.Refuse("Graft does not divide by a value.");
        NormReader.Write(reader, node, one.Value, channel => 1 / one.Number(channel), _ => 0);
    }

    /// <summary>Whether a constant holds one number for each channel, or one for all, when it is spread over a value.</summary>
    public static bool IsPerChannel(Constant constant, Value value, int channels)
    {
        if (constant.Shape.Length > value.Rank) return false;
        if (constant.Count == 1) return true;
        int fromEnd = value.Rank == 4 && !value.ChannelsLast ? 2 : 0;
        return constant.Count == channels && constant.Shape.Length > fromEnd && constant.Shape[^(fromEnd + 1)] == channels;
    }

    private static void ReadSum(GraphReader reader, OnnxNode node, Value left, Value right)
    {
        if (!IsOneLayout(left, right) || reader.Shape(left) != reader.Shape(right))
            throw node.Refuse($"it adds values of the extents {reader.Shape(left)} and {reader.Shape(right)}, and Graft adds values of one shape.");
        reader.Give(node, left with { Name = reader.Add(node, new Add(), [left, right]) });
    }

    // Factors are [batch, channels] in Graft and [batch, channels, 1, 1] in ONNX, which spreads them over the image.
    private static void ReadProduct(GraphReader reader, OnnxNode node, Value left, Value right)
    {
        Shape first = reader.Shape(left), second = reader.Shape(right);
        bool isRead = IsOneLayout(left, right) && (first == second || IsFactors(second, first) || IsFactors(first, second));
        if (!isRead) throw node.Refuse($"it multiplies values of the extents {first} and {second}, and Graft multiplies values of one shape, or an image by a factor for each of its channels.");
        reader.Give(node, left with { Name = reader.Add(node, new Multiply(), [left, right]) });

        static bool IsFactors(Shape shape, Shape image) => image.Rank == 4 && shape[^1] == image[3] && shape.Count == (long)shape[0] * shape[^1];
    }

    private static bool IsOneLayout(Value left, Value right) => left.Rank == right.Rank && left.ChannelsLast == right.ChannelsLast;

    private static Operand? WithConstant(GraphReader reader, OnnxNode node)
    {
        if (node.Inputs.Count != 2) throw node.Refuse($"it takes {Amount.Of(node.Inputs.Count, "value")}, and two are read.");
        Constant? first = reader.Known(node.Inputs[0]), second = reader.Known(node.Inputs[1]);
        if (first is null == second is null) return null;
        Constant constant = (first ?? second)!;
        Value value = reader.Take(node, first is null ? 0 : 1);
        int channels = reader.Shape(value)[^1];
        if (!constant.IsFloat || !IsPerChannel(constant, value, channels))
            throw node.Refuse($"its constant has the extents [{string.Join(", ", constant.Shape.Take(8))}]; one number, or one for each of {channels} channels, is read.");
        float[] numbers = constant.Floats();
        return new Operand(value, channel => numbers[numbers.Length == 1 ? 0 : channel], first is not null);
    }
}
