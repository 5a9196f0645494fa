using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>
/// Normalizations by the root of a mean of squares, for which ONNX had no operator: x / sqrt(mean(x x) + epsilon), then scale and shift. Over the channels it is <see cref="RmsNorm"/>, over the image <see cref="FilterResponseNorm"/>.
/// </summary>
internal static class ComposedNormReader
{
    /// <summary>Reads the square that such a norm begins with.</summary>
    /// <returns>Whether it is one.</returns>
    public static bool TryRead(GraphReader reader, OnnxNode node)
    {
        if (node.Inputs is not [var x, var same] || x != same || reader.Find(x) is not { Whole: null, Groups: 0, Flat: null } value || value.Padding != default) return false;
        if (Next(node, "ReduceMean") is not { } mean || mean.Int("keepdims", 1) == 0 || Next(mean, "Add") is not { } sum || NumberBeside(reader, sum, mean.Output) is not (> 0 and < float.PositiveInfinity and float epsilon)) return false;
        if (Next(sum, "Sqrt") is not { } root || Next(root, "Div") is not { } quotient || quotient.Inputs[0] != x || quotient.Inputs[1] != root.Output) return false;
        int channels = reader.Shape(value)[^1];
        if (After(reader, quotient, "Mul", value, channels) is not { } scale) return false;
        long[] axes = [.. PoolReader.Axes(reader, mean, value.Rank).Order()];
        List<OnnxNode> read = [node, mean, sum, root, quotient, scale.Node];
        (string, Tensor) weight = ("weight", new Tensor([channels], scale.Numbers));
        if (axes is [var axis] && axis == (value.ChannelsLast || value.Rank == 2 ? value.Rank - 1 : 1)) return Finish(new RmsNorm { Epsilon = epsilon }, [weight]);
        if (value.Rank != 4 || reader.Shape(value).Rank != 4 || !axes.SequenceEqual(value.ChannelsLast ? [1, 2] : [2, 3]) || After(reader, scale.Node, "Add", value, channels) is not { } shift) return false;
        read.Add(shift.Node);
        (string, Tensor) bias = ("bias", new Tensor([channels], shift.Numbers));
        if (After(reader, shift.Node, "Max", value, channels) is not { } threshold) return Finish(new FilterResponseNorm { Epsilon = epsilon, HasThreshold = false }, [weight, bias]);
        read.Add(threshold.Node);
        return Finish(new FilterResponseNorm { Epsilon = epsilon }, [weight, bias, ("tau", new Tensor([channels], threshold.Numbers))]);

        OnnxNode? Next(OnnxNode before, string type) => reader.SoleConsumer(before.Output) is { IsStandard: true } next && next.Type == type ? next : null;

        bool Finish(Operation norm, (string, Tensor)[] arrays)
        {
            Value result = value with { Name = reader.Add(node, norm, [value], arrays, scale.Name) };

            // These are read now, and nothing else takes them.
            foreach (OnnxNode one in read) reader.Give(one, result);
            return true;
        }
    }

    /// <summary>The one number that a sum or a product has beside a value; null where there is none.</summary>
    public static float? NumberBeside(GraphReader reader, OnnxNode node, string value)
    {
        if (node.Inputs is not [var left, var right] || (left != value && right != value)) return null;
        return reader.Known(left == value ? right : left) is { IsFloat: true, Count: 1 } constant ? constant.Floats()[0] : null;
    }

    /// <summary>The step of a type that alone follows and takes a constant for each channel.</summary>
    public static (OnnxNode Node, string Name, float[] Numbers)? After(GraphReader reader, OnnxNode node, string type, Value value, int channels)
    {
        if (reader.SoleConsumer(node.Output) is not { IsStandard: true, Inputs.Count: 2 } next || next.Type != type) return null;
        string name = next.Inputs[next.Inputs[0] == node.Output ? 1 : 0];
        return reader.Known(name) is { IsFloat: true } constant && constant.Count == channels && ArithmeticReader.IsPerChannel(constant, value, channels) ? (next, name, constant.Floats()) : null;
    }
}
