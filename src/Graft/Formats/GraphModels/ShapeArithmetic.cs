using Graft.Tensors;

namespace Graft.Formats.GraphModels;

/// <summary>Shapes that a graph computes while it runs, as Keras' Reshape and Flatten do: known before but for the batch.</summary>
internal static class ShapeArithmetic
{
    public static void ReadShape(GraphReader reader, GraphNode node)
    {
        ChannelsLastValue value = reader.Take(node, 0);
        Shape shape = reader.Shape(value);
        int[] extents = value.Rank == 2 ? [GraphConstant.Batch, shape[^1]] : shape.Rank == 2 ? [GraphConstant.Batch, 1, 1, shape[^1]] : [GraphConstant.Batch, shape[1], shape[2], shape[3]];
        reader.Give(node, GraphConstant.Of(node.Name, extents));
    }

    public static void ReadStridedSlice(GraphReader reader, GraphNode node)
    {
        int[] from = Extents(reader, node, 0, "value"), begin = Extents(reader, node, 1, "begin"), end = Extents(reader, node, 2, "end"), step = Extents(reader, node, 3, "strides");
        if (begin.Length != 1 || end.Length != 1 || step is not [1] || node.Int("ellipsis_mask") != 0 || node.Int("new_axis_mask") != 0) throw node.Refuse("it takes more than a range of a shape, which is not read.");
        int first = (node.Int("begin_mask") & 1) != 0 ? 0 : Place(begin[0]);
        if ((node.Int("shrink_axis_mask") & 1) != 0)
        {
            if (first >= from.Length) throw node.Refuse($"it takes number {begin[0]} of {from.Length}.");
            reader.Give(node, GraphConstant.Of(node.Name, [from[first]], isScalar: true));
            return;
        }

        int last = (node.Int("end_mask") & 1) != 0 ? from.Length : Place(end[0]);
        reader.Give(node, GraphConstant.Of(node.Name, from[first..Math.Max(first, last)]));

        int Place(int index) => Math.Clamp(index < 0 ? index + from.Length : index, 0, from.Length);
    }

    public static void ReadPack(GraphReader reader, GraphNode node)
    {
        if (node.Int("axis") != 0) throw node.Refuse($"it joins along axis {node.Int("axis")}, and numbers of a shape are joined along axis 0.");
        int[] numbers = new int[node.Inputs.Length];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = Extents(reader, node, i, "number") is [int number] ? number : throw node.Refuse("it joins more than single numbers, which is not read.");
        reader.Give(node, GraphConstant.Of(node.Name, numbers));
    }

    private static int[] Extents(GraphReader reader, GraphNode node, int input, string what) => reader.TakeConstant(node, input, what).Wholes(node, what);
}
