using Graft.Operations;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>Operators that only give another shape to what pooling left.</summary>
internal static class ReshapeReader
{
    private const int MostAxes = 8, MostSteps = 8;

    public static void ReadReshape(GraphReader reader, OnnxNode node)
    {
        if (!GroupReader.TryRead(reader, node)) Read(reader, node);
    }

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

    /// <summary>Reads a node that gives a value another shape, and those that alone follow it until there is one that Graft has.</summary>
    public static void Read(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0, flat: true);
        long[] before = reader.Extents(value);
        long features = before.Skip(1).Aggregate(1L, (product, extent) => product * extent);
        long[] after = Fill(Changed(reader, node, before), features);
        OnnxNode last = node;
        for (int steps = 0; steps < MostSteps && !after.SequenceEqual(before) && !IsFlat() && !IsTall() && reader.SoleConsumer(last.Output) is { IsStandard: true, Type: "Flatten" or "Reshape" or "Squeeze" or "Unsqueeze" } next && next.Inputs[0] == last.Output; steps++)
        {
            after = Fill(Changed(reader, next, after), features);
            reader.Give(last, value);
            last = next;
        }

        if (after.SequenceEqual(before))
        {
            reader.Give(last, value);
            return;
        }

        Shape shape = reader.Shape(value);
        OnnxException refusal = node.Refuse($"it makes [{Text(after)}] of [{Text(before)}], and Graft reshapes only what is one number for each channel, and square images before a dense layer: put a global average pooling before it.");
        if (shape[^1] == features && (IsFlat() || IsTall()))
        {
            bool isLast = after is [_, 1, 1, _] && features > 1;
            reader.Give(last, reader.Pooled(node, value, IsFlat() ? 2 : 4) with { ChannelsLast = isLast });
            return;
        }

        if (!IsFlat() || shape.Rank != 4 || value.Flat is not null || shape[1] != shape[2] || shape[1] > FieldReader.LargestKernel) throw refusal;
        reader.Give(last, value with { Rank = 2, Flat = refusal });

        bool IsFlat() => after is [Constant.Batch, _] && after[1] == features;

        bool IsTall() => after is [Constant.Batch, _, 1, 1] or [Constant.Batch, 1, 1, _] && after[1] * after[3] == features;
    }

    /// <summary>The extents that a node makes of others.</summary>
    private static long[] Changed(GraphReader reader, OnnxNode node, long[] before)
    {
        switch (node.Type)
        {
            case "Flatten":
                return node.Int("axis", 1) is 1 || node.Int("axis", 1) + before.Length == 1 ? [Constant.Batch, -1] : throw node.Refuse("it joins the images of a batch.");
            case "Squeeze":
                HashSet<long> gone = Axes(reader, node, before.Length);
                return [.. before.Where((extent, axis) => !gone.Contains(axis) || (extent != 1 ? throw node.Refuse($"it leaves out the axis {axis}, which {(extent == Constant.Batch ? "is the batch" : $"has {extent} places")}.") : false))];
            case "Unsqueeze":
                HashSet<long> added = Axes(reader, node, before.Length + (node.Ints("axes") ?? (node.Has(1) ? reader.TakeConstant(node, 1, "axes").Integers() : [])).Length);
                if (before.Length + added.Count > MostAxes || added.Any(axis => axis < 1 || axis >= before.Length + added.Count)) throw node.Refuse("it adds an axis before the batch, or more than Graft reads.");
                Queue<long> left = new(before);
                return [.. Enumerable.Range(0, before.Length + added.Count).Select(axis => added.Contains(axis) ? 1 : left.Dequeue())];
            default:
                return Reshaped(reader, node, before);
        }
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
