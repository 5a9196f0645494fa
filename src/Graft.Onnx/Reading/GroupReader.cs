using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>Normalization in groups as exporters write it for operator sets that lack it: a reshape to rows of groups, InstanceNormalization, a reshape back, then scale and shift.</summary>
internal static class GroupReader
{
    /// <summary>Reads a reshape that joins channels in groups, or takes such groups apart again.</summary>
    /// <returns>Whether it is one.</returns>
    public static bool TryRead(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0, grouped: true);
        long[] extents = reader.Extents(value with { Groups = 0 });
        if (value.ChannelsLast || !node.Has(1)) return false;
        if (value.Groups > 0)
        {
            if (!IsWhole(reader, node, value)) throw node.Refuse("it takes groups of channels apart in another way than they were joined.");
            reader.Give(node, value with { Groups = 0 });
            return true;
        }

        int channels = reader.Shape(value)[^1];
        if (reader.SoleConsumer(node.Output) is not { Type: "InstanceNormalization", IsStandard: true } || reader.Known(node.Inputs[1]) is null) return false;
        long[] target = ReshapeReader.Reshaped(reader, node, extents);
        long rest = extents.Skip(1).Aggregate(1L, (product, extent) => product * extent);
        if (target is not [Constant.Batch, > 0, _] || target[1] > channels || channels % target[1] != 0 || (target[2] != -1 && target[2] != rest / target[1])) return false;
        reader.Give(node, value with { Groups = (int)target[1] });
        return true;
    }

    /// <summary>Reads InstanceNormalization of groups, with the scale and the shift for each channel that alone follow it.</summary>
    public static void Read(GraphReader reader, OnnxNode node, Value value, float epsilon)
    {
        int channels = reader.Shape(value)[^1], size = channels / value.Groups;
        float[] scales = Numbers(1, "scale"), shifts = Numbers(2, "shift");
        string output = node.Output;
        string? weightName = null;
        if (reader.SoleConsumer(output) is { Type: "Reshape", IsStandard: true } apart && apart.Inputs[0] == output && apart.Has(1) && reader.Known(apart.Inputs[1]) is not null && IsWhole(reader, apart, value)
            && ComposedNormReader.After(reader, apart, "Mul", value, channels) is { } scale && ComposedNormReader.After(reader, scale.Node, "Add", value, channels) is { } shift)
        {
            Value read = value with { Groups = 0 };
            for (int c = 0; c < channels; c++) (scales[c], shifts[c]) = (scales[c] * scale.Numbers[c], (shifts[c] * scale.Numbers[c]) + shift.Numbers[c]);
            (weightName, value) = (scale.Name, read);

            // These are read now, and nothing else takes them.
            foreach (string name in (ReadOnlySpan<string>)[output, apart.Output, scale.Node.Output]) reader.Give(name, read);
            output = shift.Node.Output;
        }

        bool isAffine = scales.Any(number => number != 1) || shifts.Any(number => number != 0);
        (string, Tensor)[] arrays = isAffine ? [("weight", new Tensor([channels], scales)), ("bias", new Tensor([channels], shifts))] : [];
        reader.Give(output, value with { Name = reader.Add(node, new GroupNorm(channels / size) { Epsilon = epsilon, IsAffine = isAffine }, [value], arrays, weightName) });

        float[] Numbers(int index, string what)
        {
            Constant constant = reader.TakeConstant(node, index, what);
            float[] numbers = constant.Floats();
            if (numbers.Length != channels / size) throw node.Refuse($"its {what} has {numbers.Length} numbers for {channels / size} groups.");
            return [.. Enumerable.Range(0, channels).Select(c => numbers[c / size])];
        }
    }

    private static bool IsWhole(GraphReader reader, OnnxNode node, Value value)
    {
        long[] extents = reader.Extents(value), target = ReshapeReader.Reshaped(reader, node, extents);
        int open = Array.IndexOf(target, -1);
        if (open >= 0 && open < extents.Length) target[open] = extents[open];
        return target.SequenceEqual(extents);
    }
}
