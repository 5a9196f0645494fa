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

    public static void ReadGlobalMax(GraphReader reader, OnnxNode node)
    {
        Value image = reader.Take(node, 0);
        Shape shape = reader.Shape(image);
        if (image.Rank != 4 || image.ChannelsLast || shape.Rank != 4 || shape[1] != shape[2] || shape[1] > FieldReader.LargestKernel) throw node.Refuse($"it takes the largest of an image of the extents {shape}, and Graft's windows are square, with sides up to {FieldReader.LargestKernel}.");
        reader.AddInPlace(node, new Pool2d(PoolFunction.Max, shape[1]), image);
    }

    public static void ReadMean(GraphReader reader, OnnxNode node)
    {
        if (StatisticsReader.TryRead(reader, node)) return;
        Value value = reader.Take(node, 0);
        long[] axes = Axes(reader, node, 4);
        OnnxNode last = node;
        bool keeps = node.Int("keepdims", 1) != 0;

        // Older files take the mean of the columns, and then that of the rows.
        if (axes is [var first] && reader.SoleConsumer(node.Output) is { Type: "ReduceMean", IsStandard: true } second && second.Int("keepdims", 1) != 0 == keeps)
        {
            axes = [first, .. Axes(reader, second, keeps ? 4 : 3).Select(axis => !keeps && axis >= first ? axis + 1 : axis)];
            last = second;
        }

        long[] spatial = value.ChannelsLast ? [1, 2] : [2, 3];
        if (value.Rank != 4 || !axes.Order().SequenceEqual(spatial))
            throw node.Refuse($"it takes the mean over the axes [{WindowReader.Join(axes)}], and Graft over height and width.");
        Value pooled = reader.Pooled(node, value, keeps ? 4 : 2);
        reader.Give(node, pooled);
        reader.Give(last, pooled.Rank == 2 ? pooled with { ChannelsLast = false } : pooled);
    }

    /// <summary>The axes that a node reduces, none of them under 0.</summary>
    public static long[] Axes(GraphReader reader, OnnxNode node, int rank) =>
        [.. (node.Ints("axes") ?? (node.Has(1) ? reader.TakeConstant(node, 1, "axes").Integers() : [])).Select(axis => axis < 0 ? axis + rank : axis)];

    public static void ReadAverage(GraphReader reader, OnnxNode node) => Read(reader, node, PoolFunction.Average);

    public static void ReadMax(GraphReader reader, OnnxNode node) => Read(reader, node, PoolFunction.Max);

    private static void Read(GraphReader reader, OnnxNode node, PoolFunction function)
    {
        bool average = function == PoolFunction.Average;
        Value value = Unpadded(reader, node, average, out Padding before);
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
        if (before != default)
        {
            if (padding.IsSame) throw node.Refuse("it pads by itself after a node of type 'Pad'.");
            padding = new Padding(false, padding.Top + before.Top, padding.Bottom + before.Bottom, padding.Left + before.Left, padding.Right + before.Right);
        }

        // What hangs over the border counts for nothing, as the padding does.
        if (node.Int("ceil_mode", 0) != 0 && !padding.IsSame)
        {
            (int below, int right) = (Hanging(shape[1] + before.Bottom, padding.Top, padding.Bottom - before.Bottom), Hanging(shape[2] + before.Right, padding.Left, padding.Right - before.Right));
            if (average && node.Int("count_include_pad", 0) != 0 && below + right > 0) throw node.Refuse("its last window hangs over the border, where programs differ in what they count. Export it with count_include_pad=False.");
            padding = padding with { Bottom = padding.Bottom + below, Right = padding.Right + right };
        }

        Pool2d pool = new(function, kernel) { Stride = stride, Padding = padding };
        reader.AddInPlace(node, pool, value);

        // A window that would begin in the padding behind the image is none.
        int Hanging(int size, int start, int end)
        {
            int rest = size + start + end - kernel;
            if (rest < 0 || rest % stride == 0 || ((rest / stride) + 1) * stride >= size + start) return 0;
            return stride - (rest % stride);
        }
    }

    /// <summary>A value without the zeros around it where these change no largest number: of numbers that are not negative, none is under 0.</summary>
    private static Value Unpadded(GraphReader reader, OnnxNode node, bool average, out Padding padding)
    {
        Value value = reader.Take(node, 0, padded: true);
        padding = value.Padding;
        if (padding == default) return value;
        if (average || !reader.IsNonNegative(value)) throw node.Refuse("it follows a node of type 'Pad', and Graft pads with zeros only before a convolution, or before the largest of numbers that are not negative, as behind a Relu.");
        return value with { Padding = default };
    }
}
