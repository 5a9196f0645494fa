using Graft.Activations;
using Graft.Formats;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Lite.Reading;

/// <summary>ADD and MUL: of two values, or of a value and a constant.</summary>
internal static class ArithmeticReader
{
    public static void ReadAdd(GraphReader reader, LiteOperator op)
    {
        ActivationFunction? activation = ActivationReader.Of(op, 0);
        if (WithConstant(reader, op) is { } one)
        {
            if (!TryHardSigmoid(reader, op, one.Value, one.Numbers, activation)) Write(reader, op, one.Value, _ => 1, one.Number, activation);
            return;
        }

        (ChannelsLastValue left, ChannelsLastValue right) = (reader.Take(op, 0), reader.Take(op, 1));
        if (left.Rank != right.Rank || reader.Shape(left) != reader.Shape(right)) throw op.Refuse($"it adds values of the extents {reader.Shape(left)} and {reader.Shape(right)}, and Graft adds values of one shape.");
        reader.Finish(op, left with { Name = reader.Add(op, new Add(), [left, right]) }, activation, cutsOff: true);
    }

    public static void ReadMultiply(GraphReader reader, LiteOperator op)
    {
        ActivationFunction? activation = ActivationReader.Of(op, 0);
        if (WithConstant(reader, op) is { } one)
        {
            Write(reader, op, one.Value, one.Number, _ => 0, activation);
            return;
        }

        (ChannelsLastValue left, ChannelsLastValue right) = (reader.Take(op, 0), reader.Take(op, 1));
        Shape first = reader.Shape(left), second = reader.Shape(right);
        if (left.Rank != right.Rank || !ChannelsLast.CanMultiply(first, second))
            throw op.Refuse($"it multiplies values of the extents {first} and {second}, and Graft multiplies values of one shape, or an image by a factor for each of its channels.");
        reader.Finish(op, left with { Name = reader.Add(op, new Multiply(), [left, right]) }, activation);
    }

    /// <summary>y = factor x + offset.</summary>
    public static ChannelsLastValue Scaled(GraphReader reader, LiteOperator op, ChannelsLastValue value, float factor, float offset) => Scaled(reader, op, value, _ => factor, _ => offset);

    /// <summary>A value and the constant that is spread over its channels; null where both are values.</summary>
    private static (ChannelsLastValue Value, float[] Numbers, Func<int, float> Number)? WithConstant(GraphReader reader, LiteOperator op)
    {
        if (!op.Has(0) || !op.Has(1) || op.Inputs.Length != 2) throw op.Refuse($"it takes {Amount.Of(op.Inputs.Length, "value")}, and two are read.");
        LiteTensor? first = reader.Known(op.Inputs[0]), second = reader.Known(op.Inputs[1]);
        if (first is null == second is null) return null;
        LiteTensor constant = (first ?? second)!;
        ChannelsLastValue value = reader.Take(op, first is null ? 0 : 1);
        int channels = reader.Shape(value)[^1], count = constant.Count;
        if (!ChannelsLast.IsPerChannel(constant.Shape, count, value.Rank, channels))
            throw op.Refuse($"its constant has the extents [{string.Join(", ", constant.Shape)}]; one number, or one for each of {channels} channels, is read.");
        float[] numbers = constant.Floats();
        return (value, numbers, channel => numbers[numbers.Length == 1 ? 0 : channel]);
    }

    /// <summary>relu6(x + 3) / 6, as it is written where the operators lack it. Where values are rounded, the sum is rounded before the product takes it, and both stay.</summary>
    private static bool TryHardSigmoid(GraphReader reader, LiteOperator op, ChannelsLastValue value, float[] numbers, ActivationFunction? activation)
    {
        if (reader.Rounds(op)) return false;
        bool isCut = activation == ActivationFunction.Relu6 || (activation is null && op.Output.Grid is { } grid && ActivationReader.IsSix(grid));
        if (!isCut || numbers is not [float three] || !ChannelsLast.IsThree(three) || reader.SoleConsumer(op) is not { Type: "MUL", Inputs.Length: 2 } product || ActivationReader.Of(product, 0) is not null) return false;
        int other = product.Inputs[product.Inputs[0] == op.Outputs[0] ? 1 : 0];
        if (other < 0 || reader.Known(other) is not { Count: 1 } sixth || !ChannelsLast.IsSixth(sixth.Floats()[0])) return false;
        reader.Finish(product, value, ActivationFunction.HardSigmoid);

        // The sum itself is read now, and nothing else takes it.
        reader.Give(op, value);
        return true;
    }

    private static void Write(GraphReader reader, LiteOperator op, ChannelsLastValue value, Func<int, float> factor, Func<int, float> offset, ActivationFunction? activation) =>
        reader.Finish(op, Scaled(reader, op, value, factor, offset), activation, cutsOff: true);

    /// <summary>y = factor x + offset, for each channel.</summary>
    private static ChannelsLastValue Scaled(GraphReader reader, LiteOperator op, ChannelsLastValue value, Func<int, float> factor, Func<int, float> offset)
    {
        int channels = reader.Shape(value)[^1];
        reader.Spend(op, 16L * channels);
        (BatchNorm norm, (string, Tensor)[] arrays) = ChannelsLast.Affine(channels, factor, offset);
        return value with { Name = reader.Add(op, norm, [value], arrays) };
    }
}
