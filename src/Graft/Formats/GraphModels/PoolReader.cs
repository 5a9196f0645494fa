using Graft.Operations;
using Graft.Tensors;

namespace Graft.Formats.GraphModels;

/// <summary>AvgPool, MaxPool, and Mean over the image.</summary>
internal static class PoolReader
{
    public static void ReadAverage(GraphReader reader, GraphNode node) => Read(reader, node, PoolFunction.Average);

    public static void ReadMax(GraphReader reader, GraphNode node) => Read(reader, node, PoolFunction.Max);

    public static void ReadMean(GraphReader reader, GraphNode node)
    {
        ChannelsLastValue value = reader.Take(node, 0);
        int[] axes = reader.TakeConstant(node, 1, "axes").Wholes(node, "axes");
        if (!ChannelsLast.AreHeightAndWidth(axes, value.Rank)) throw node.Refuse($"it takes the mean over the axes [{string.Join(", ", axes.Take(8))}], and Graft over height and width.");
        reader.Give(node, reader.Pooled(node, value, node.Flag("keep_dims") ? 4 : 2));
    }

    private static void Read(GraphReader reader, GraphNode node, PoolFunction function)
    {
        WindowReader.RequireChannelsLast(node);
        ChannelsLastValue value = reader.Take(node, 0, padded: function == PoolFunction.Max);
        Shape shape = reader.Shape(value);
        if (value.Rank != 4) throw node.Refuse("Graft pools images.");
        int[] window = node.Ints("ksize");
        Padding padding = WindowReader.Padding(node);
        if (!padding.IsSame && padding != Padding.None) throw node.Refuse("it pads by the rule EXPLICIT, and pooling by SAME and VALID is read.");
        bool isWhole = shape.Rank == 4 && function == PoolFunction.Average && window is [1, _, _, 1] && window[1] == shape[1] && window[2] == shape[2] && !padding.IsSame;
        if (shape.Rank == 2 && window is not [1, 1, 1, 1]) throw node.Refuse("its window is larger than what was pooled to one pixel.");
        if (isWhole || shape.Rank == 2)
        {
            reader.Give(node, reader.Pooled(node, value, rank: 4));
            return;
        }

        int side = WindowReader.Square(node, "ksize"), stride = WindowReader.Square(node, "strides");
        if (value.Padding != default)
        {
            // Zeros around an image are then never the greatest of a window.
            bool isNeverNegative = reader.Draft.Producer(value.Name)?.Operation is Activation { Function.Clamp.Low: >= 0 };
            if (padding.IsSame || 2 * value.Padding.Largest > side || !isNeverNegative)
                throw node.Refuse("it follows a node of the operation 'Pad'; a MaxPool may where it adds no border of its own, that border is at most half its window, and what is in it is never negative.");
            padding = value.Padding;
        }

        reader.Give(node, value with { Padding = default, Name = reader.Add(node, new Pool2d(function, side) { Stride = stride, Padding = padding }, [value]) });
    }
}
