using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>Operators that only give another shape to what pooling left.</summary>
internal static class ReshapeReader
{
    public static void ReadFlatten(GraphReader reader, OnnxNode node) =>
        Read(reader, node, before => node.Int("axis", 1) is 1 || node.Int("axis", 1) + before.Length == 1 ? [Constant.Batch, -1] : throw node.Refuse("it joins the images of a batch."));

    public static void ReadReshape(GraphReader reader, OnnxNode node)
    {
        if (!GroupReader.TryRead(reader, node)) Read(reader, node, before => Reshaped(reader, node, before));
    }

    public static void ReadSqueeze(GraphReader reader, OnnxNode node) =>
        Read(reader, node, before => [.. before.Where((_, axis) => !Axes(reader, node, before.Length).Contains(axis))]);

    public static void ReadUnsqueeze(GraphReader reader, OnnxNode node) => Read(reader, node, before => Unsqueezed(reader, node, before));

    public static void ReadTranspose(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0, padded: true);
        bool last = node.Ints("perm") switch
        {
            [0, 3, 1, 2] when value is { Rank: 4, ChannelsLast: true } => false,
            [0, 2, 3, 1] when value is { Rank: 4, ChannelsLast: false } => true,
            _ => throw node.Refuse("only the change between [batch, channels, height, width] and [batch, height, width, channels] is read."),
        };
        reader.Give(node, value with { ChannelsLast = last });
    }

    private static void Read(GraphReader reader, OnnxNode node, Func<long[], long[]> reshape)
    {
        Value value = reader.Take(node, 0);
        long[] before = reader.Extents(value);
        long features = before.Skip(1).Aggregate(1L, (product, extent) => product * extent);
        long[] after = Fill(reshape(before), features);
        if (after.SequenceEqual(before))
        {
            reader.Give(node, value);
            return;
        }

        Shape shape = reader.Shape(value);
        bool flat = after is [Constant.Batch, _] && after[1] == features;
        bool tall = after is [Constant.Batch, _, 1, 1] && after[1] == features;
        if (shape[^1] != features || !(flat || tall))
        {
            throw node.Refuse($"it makes [{Text(after)}] of [{Text(before)}], and Graft reshapes only what is one number for each channel: put a global average pooling before it.");
        }

        reader.Give(node, reader.Pooled(node, value, flat ? 2 : 4) with { ChannelsLast = false });
    }

    private static long[] Unsqueezed(GraphReader reader, OnnxNode node, long[] before)
    {
        HashSet<long> axes = Axes(reader, node, before.Length + (node.Ints("axes")?.Length ?? 2));
        return before is [_, _] && axes.SetEquals([2, 3]) ? [.. before, 1, 1] : throw node.Refuse("Graft's values have two axes or four.");
    }

    private static HashSet<long> Axes(GraphReader reader, OnnxNode node, int rank)
    {
        long[] axes = node.Ints("axes") ?? (node.Has(1) ? reader.TakeConstant(node, 1, "axes").Integers() : throw node.Refuse("it does not name its axes, so that a batch of one would be dropped."));
        return [.. axes.Select(axis => axis < 0 ? axis + rank : axis)];
    }

    /// <summary>The extents that a reshape asks for, the batch as <see cref="Constant.Batch"/>; an extent left to be found is -1.</summary>
    internal static long[] Reshaped(GraphReader reader, OnnxNode node, long[] before)
    {
        long[] target = [.. reader.TakeConstant(node, 1, "shape").Integers()];
        if (target.Length == 0) throw node.Refuse("it makes a single number of its value.");
        bool copies = node.Int("allowzero", 0) == 0;
        for (int i = 0; i < target.Length; i++)
        {
            if (target[i] == 0 && copies && i < before.Length) target[i] = before[i];
        }

        // A batch that is left to be found, or that the file fixes, is free here.
        if (target[0] == reader.FixedBatch || (target[0] == -1 && target.Skip(1).All(extent => extent > 0))) target[0] = Constant.Batch;
        return target;
    }

    private static long[] Fill(long[] extents, long features)
    {
        int open = Array.IndexOf(extents, -1);
        if (open < 1) return extents;
        long rest = 1;
        for (int i = 1; i < extents.Length; i++)
        {
            if (i != open) rest = unchecked(rest * extents[i]);
        }

        long[] filled = [.. extents];
        if (rest > 0 && features % rest == 0) filled[open] = features / rest;
        return filled;
    }

    private static string Text(long[] extents) => string.Join(", ", extents.Take(8).Select(extent => extent == Constant.Batch ? "batch" : extent.ToString()));
}
