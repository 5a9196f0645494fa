using System.Runtime.InteropServices;
using static Graft.Onnx.Protos.TensorProto.Types;

namespace Graft.Onnx.Reading;

/// <summary>Nodes that give weights another shape or order of axes before a layer takes them, as TensorFlow's converters write them and PyTorch's of a transposed matrix.</summary>
internal static class ConstantReader
{
    private const int MostAxes = 8;

    /// <summary>Reads a node whose value is known before the network runs.</summary>
    /// <returns>Whether it is one.</returns>
    public static bool TryRead(GraphReader reader, OnnxNode node)
    {
        if (node.Type is not ("Reshape" or "Squeeze" or "Unsqueeze" or "Flatten" or "Transpose") || !node.Has(0) || reader.Known(node.Inputs[0]) is not { Shape.Length: <= MostAxes } constant) return false;
        if (constant.Type is not (DataType.Float or DataType.Int8 or DataType.Uint8)) return false;
        reader.Give(node, node.Type == "Transpose" ? Transposed(reader, node, constant) : constant.Reshaped(Extents(reader, node, constant)));
        return true;
    }

    private static int[] Extents(GraphReader reader, OnnxNode node, Constant constant)
    {
        long[] before = [.. constant.Shape], after = node.Type switch
        {
            "Reshape" => Target(),
            "Flatten" => Flat(node.Int("axis", 1)),
            "Squeeze" => [.. before.Where((extent, axis) => !(Axes(before.Length)?.Contains(axis) ?? extent == 1))],
            _ => Unsqueezed(),
        };
        int open = Array.IndexOf(after, -1);
        long rest = after.Where((_, i) => i != open).Aggregate(1L, (product, extent) => Math.Clamp(product * extent, -1, int.MaxValue));
        if (open >= 0 && rest > 0) after[open] = constant.Count / rest;
        if (after.Any(extent => extent is < 0 or > int.MaxValue) || after.Aggregate(1L, (product, extent) => Math.Min(product * extent, 1L << 32)) != constant.Count)
            throw node.Refuse($"it makes [{WindowReader.Join(after)}] of {constant.Count} numbers.");
        return [.. after.Select(extent => (int)extent)];

        long[] Target()
        {
            long[] target = [.. reader.TakeConstant(node, 1, "shape").Integers()];
            if (target.Length > MostAxes) throw node.Refuse($"it makes {target.Length} axes; at most {MostAxes} are read.");
            for (int i = 0; i < target.Length && node.Int("allowzero", 0) == 0; i++)
            {
                if (target[i] == 0 && i < before.Length) target[i] = before[i];
            }

            return target;
        }

        long[] Flat(long axis)
        {
            if (axis < 0) axis += before.Length;
            if (axis < 0 || axis > before.Length) throw node.Refuse($"its axis is {axis}.");
            return [before[..(int)axis].Aggregate(1L, (product, extent) => product * extent), before[(int)axis..].Aggregate(1L, (product, extent) => product * extent)];
        }

        long[] Unsqueezed()
        {
            HashSet<long> axes = Axes(before.Length + Named().Length) ?? throw node.Refuse("it does not name its axes.");
            if (before.Length + axes.Count > MostAxes) throw node.Refuse($"it makes {before.Length + axes.Count} axes; at most {MostAxes} are read.");
            Queue<long> left = new(before);
            return [.. Enumerable.Range(0, before.Length + axes.Count).Select(axis => axes.Contains(axis) || left.Count == 0 ? 1 : left.Dequeue())];
        }

        long[] Named() => node.Ints("axes") ?? (node.Has(1) ? reader.TakeConstant(node, 1, "axes").Integers() : []);

        HashSet<long>? Axes(int rank) => Named() is { Length: > 0 } axes ? [.. axes.Select(axis => axis < 0 ? axis + rank : axis)] : null;
    }

    private static Constant Transposed(GraphReader reader, OnnxNode node, Constant constant)
    {
        int[] before = constant.Shape;
        int rank = before.Length;
        int[] order = node.Ints("perm") is { } perm ? [.. perm.Select(axis => (int)Math.Clamp(axis, -1, rank))] : [.. Enumerable.Range(0, rank).Reverse()];
        if (rank > MostAxes || !order.Order().SequenceEqual(Enumerable.Range(0, rank))) throw node.Refuse("it does not name each of its axes once.");
        bool isFloat = constant.IsFloat;
        reader.Spend(node, (long)(isFloat ? sizeof(float) : 1) * constant.Count);
        int[] from = Places(before, order, constant.Count), after = [.. order.Select(axis => before[axis])];
        WeightGrid? grid = constant.Grid is { } made ? made with { Axis = Array.IndexOf(order, made.Axis) } : null;
        if (isFloat)
        {
            float[] numbers = constant.Floats();
            float[] turned = [.. from.Select(place => numbers[place])];
            return Constant.Of(constant.Name, DataType.Float, after, MemoryMarshal.AsBytes(turned.AsSpan()), grid);
        }

        int[] wholes = constant.Wholes();
        byte[] bytes = [.. from.Select(place => (byte)wholes[place])];
        return Constant.Of(constant.Name, constant.Type, after, bytes, grid);
    }

    /// <summary>For each number in the new order its place in the old one.</summary>
    private static int[] Places(int[] extents, int[] order, int count)
    {
        int rank = extents.Length;
        int[] strides = new int[rank], at = new int[rank], places = new int[count];
        for (int axis = rank - 1, stride = 1; axis >= 0; stride *= extents[axis--]) strides[axis] = stride;
        for (int i = 0, place = 0; i < count; i++)
        {
            places[i] = place;
            for (int axis = rank - 1; axis >= 0; axis--)
            {
                int old = order[axis];
                place += strides[old];
                if (++at[axis] < extents[old]) break;
                place -= strides[old] * extents[old];
                at[axis] = 0;
            }
        }

        return places;
    }
}
