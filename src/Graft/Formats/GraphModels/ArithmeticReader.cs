using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Formats.GraphModels;

/// <summary>Sums, differences, products and quotients: of two values, or of a value and a constant, which is a factor and an offset for each channel.</summary>
internal static class ArithmeticReader
{
    /// <summary>A value and a constant that is spread over its channels.</summary>
    /// <param name="Value">The value.</param>
    /// <param name="Numbers">The constant's numbers: one, or one for each channel.</param>
    /// <param name="IsFirst">Whether the constant comes first.</param>
    private sealed record Operand(ChannelsLastValue Value, float[] Numbers, bool IsFirst)
    {
        public float At(int channel) => Numbers[Numbers.Length == 1 ? 0 : channel];
    }

    public static void ReadAdd(GraphReader reader, GraphNode node)
    {
        if (node.Operation == "BiasAdd") WindowReader.RequireChannelsLast(node);
        if (WithConstant(reader, node) is { } one)
        {
            if (!ActivationReader.TryHardSigmoid(reader, node, one.Value, one.Numbers)) Write(reader, node, one, _ => 1, one.At);
            return;
        }

        (ChannelsLastValue left, ChannelsLastValue right) = (reader.Take(node, 0), reader.Take(node, 1));
        if (left.Rank != right.Rank || reader.Shape(left) != reader.Shape(right)) throw node.Refuse($"it adds values of the extents {reader.Shape(left)} and {reader.Shape(right)}, and Graft adds values of one shape.");
        reader.Give(node, left with { Name = reader.Add(node, new Add(), [left, right]) });
    }

    public static void ReadSubtract(GraphReader reader, GraphNode node)
    {
        Operand one = WithConstant(reader, node) ?? throw node.Refuse("Graft subtracts no value from another.");
        if (one.IsFirst) Write(reader, node, one, _ => -1, one.At);
        else Write(reader, node, one, _ => 1, channel => -one.At(channel));
    }

    public static void ReadMultiply(GraphReader reader, GraphNode node)
    {
        if (WithConstant(reader, node) is { } one)
        {
            Write(reader, node, one, one.At, _ => 0);
            return;
        }

        (ChannelsLastValue left, ChannelsLastValue right) = (reader.Take(node, 0), reader.Take(node, 1));
        Shape first = reader.Shape(left), second = reader.Shape(right);
        if (left.Rank != right.Rank || !ChannelsLast.CanMultiply(first, second))
            throw node.Refuse($"it multiplies values of the extents {first} and {second}, and Graft multiplies values of one shape, or an image by a factor for each of its channels.");
        reader.Give(node, left with { Name = reader.Add(node, new Multiply(), [left, right]) });
    }

    public static void ReadDivide(GraphReader reader, GraphNode node)
    {
        if (WithConstant(reader, node) is not { IsFirst: false } one) throw node.Refuse("Graft does not divide by a value.");
        if (one.Numbers.Contains(0)) throw node.Refuse("it divides by 0.");
        Write(reader, node, one, channel => 1 / one.At(channel), _ => 0);
    }

    private static Operand? WithConstant(GraphReader reader, GraphNode node)
    {
        if (node.Inputs.Length != 2) throw node.Refuse($"it takes {Amount.Of(node.Inputs.Length, "value")}, and two are read.");
        GraphConstant? first = reader.Known(node.Inputs[0]), second = reader.Known(node.Inputs[1]);
        if (first is null == second is null) return null;
        GraphConstant constant = (first ?? second)!;
        ChannelsLastValue value = reader.Take(node, first is null ? 0 : 1);
        int channels = reader.Shape(value)[^1];
        if (!ChannelsLast.IsPerChannel(constant.Extents, constant.Count, value.Rank, channels))
            throw node.Refuse($"its constant has the extents [{string.Join(", ", constant.Extents)}]; one number, or one for each of {channels} channels, is read.");
        return new Operand(value, constant.Floats(), first is not null);
    }

    /// <summary>y = factor x + offset, for each channel; behind another such step, which nothing else takes, both are one.</summary>
    private static void Write(GraphReader reader, GraphNode node, Operand one, Func<int, float> factor, Func<int, float> offset)
    {
        ChannelsLastValue value = one.Value;
        if (reader.Affine(node, node.Inputs[one.IsFirst ? 1 : 0]) is { } before)
        {
            for (int c = 0; c < before.Factors.Span.Length; c++)
                (before.Factors.Span[c], before.Offsets.Span[c]) = (before.Factors.Span[c] * factor(c), (before.Offsets.Span[c] * factor(c)) + offset(c));
            reader.GiveAffine(node, value, before.Factors, before.Offsets);
            return;
        }

        int channels = reader.Shape(value)[^1];
        reader.Spend(node, 16L * channels);
        (BatchNorm norm, (string, Tensor Numbers)[] arrays) = ChannelsLast.Affine(channels, factor, offset);
        string name = reader.Add(node, norm, [value], arrays);
        reader.GiveAffine(node, value with { Name = name }, arrays[0].Numbers, arrays[1].Numbers);
    }
}
