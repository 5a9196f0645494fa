using Graft.Operations;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>GlobalAveragePool, ReduceMean, AveragePool and MaxPool.</summary>
internal static class PoolReader
{
    public static void ReadGlobal(GraphReader reader, OnnxNode node)
    {
        Value image = reader.Take(node, 0);
        if (image.Rank != 4 || image.ChannelsLast) throw node.Refuse("it takes [batch, channels, height, width].");
        reader.Give(node, reader.Pooled(node, image, rank: 4));
    }

    public static void ReadMean(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0);
        long[] axes = node.Ints("axes") ?? (node.Has(1) ? reader.TakeConstant(node, 1, "axes").Integers() : []);
        long[] spatial = value.ChannelsLast ? [1, 2] : [2, 3];
        if (value.Rank != 4 || !axes.Select(axis => axis < 0 ? axis + 4 : axis).Order().SequenceEqual(spatial))
            throw node.Refuse($"it takes the mean over the axes [{WindowReader.Join(axes)}], and Graft over height and width.");
        Value pooled = reader.Pooled(node, value, node.Int("keepdims", 1) != 0 ? 4 : 2);
        reader.Give(node, pooled.Rank == 2 ? pooled with { ChannelsLast = false } : pooled);
    }

    public static void ReadAverage(GraphReader reader, OnnxNode node) => Read(reader, node, PoolFunction.Average);

    public static void ReadMax(GraphReader reader, OnnxNode node) => Read(reader, node, PoolFunction.Max);

    private static void Read(GraphReader reader, OnnxNode node, PoolFunction function)
    {
        bool average = function == PoolFunction.Average;
        Value value = reader.Take(node, 0);
        Shape shape = reader.Shape(value);
        if (value.Rank != 4 || value.ChannelsLast || shape.Rank != 4) throw node.Refuse("Graft pools [batch, channels, height, width].");
        long[] window = node.Ints("kernel_shape") ?? [];
        if (average && window.Length == 2 && window[0] == shape[1] && window[1] == shape[2]
            && node.Ints("pads")?.Any(pad => pad != 0) != true && node.Text("auto_pad", "NOTSET") is "NOTSET" or "VALID")
        {
            reader.Give(node, reader.Pooled(node, value, rank: 4));
            return;
        }

        int kernel = WindowReader.Square(node, "kernel_shape");
        (int stride, int dilation, Padding padding) = WindowReader.Read(node, shape, kernel);
        if (dilation != 1) throw node.Refuse($"its window is dilated by {dilation}, and Graft's are not.");
        if (average && node.Int("count_include_pad", 0) != 0 && padding != Padding.None) throw node.Refuse("it counts the padding in the mean, and Graft does not. Export it with count_include_pad=False.");
        if (node.Int("ceil_mode", 0) != 0 && (Remainder(shape[1], padding.Top + padding.Bottom) || Remainder(shape[2], padding.Left + padding.Right)))
            throw node.Refuse("its last window hangs over the border (ceil_mode), and Graft's do not.");
        Pool2d pool = new(function, kernel) { Stride = stride, Padding = padding };
        reader.AddInPlace(node, pool, value);

        bool Remainder(int size, int pads) => !padding.IsSame && (size + pads - kernel) % stride != 0;
    }
}
