using Graft.Operations;
using Graft.Tensors;

namespace Graft.Formats.GraphModels;

/// <summary>Reshape and Squeeze of pooled features, which leave them as they are, Pad, and what changes nothing.</summary>
internal static class ShapeReader
{
    public static void ReadReshape(GraphReader reader, GraphNode node)
    {
        ChannelsLastValue value = reader.Take(node, 0);
        int[] target = reader.TakeConstant(node, 1, "shape").Wholes(node, "shape");
        Shape shape = reader.Shape(value);
        bool keepsBatch = target is [GraphConstant.Batch or 1, ..];
        if (keepsBatch && value.Rank == 4 && ChannelsLast.KeepsImage(shape, target)) reader.Give(node, value);
        else if (keepsBatch && ChannelsLast.KeepsFeatures(shape, target)) reader.Give(node, reader.Pooled(node, value, target.Length));
        else throw node.Refuse($"it makes [{string.Join(", ", target.Take(8))}] of {shape}, and Graft flattens only what was pooled to one pixel. Put a GlobalAveragePooling2D before it.");
    }

    public static void ReadSqueeze(GraphReader reader, GraphNode node)
    {
        ChannelsLastValue value = reader.Take(node, 0);
        Shape shape = reader.Shape(value);
        int[] axes = [.. node.Ints("squeeze_dims"), .. node.Ints("axis")];
        if (!ChannelsLast.IsOnePixel(shape) || !ChannelsLast.AreHeightAndWidth(axes, value.Rank))
            throw node.Refuse($"it takes the axes [{string.Join(", ", axes.Take(8))}] off {shape}, and Graft takes height and width off what was pooled to one pixel.");
        reader.Give(node, reader.Pooled(node, value, rank: 2));
    }

    public static void ReadPad(GraphReader reader, GraphNode node)
    {
        ChannelsLastValue value = reader.Take(node, 0, padded: true);
        int[] pads = reader.TakeConstant(node, 1, "padding").Wholes(node, "padding");
        if (node.Operation == "PadV2" && (reader.TakeConstant(node, 2, "value") is not { Count: 1 } border || border.Floats()[0] != 0)) throw node.Refuse("it pads with another number than 0.");
        if (value.Rank != 4 || reader.Shape(value).Rank != 4) throw node.Refuse("Graft pads only images.");
        Padding padding = ChannelsLast.Padded(value.Padding, pads) ?? throw node.Refuse($"it pads by [{string.Join(", ", pads.Take(8))}]; only height and width are padded, by at most {ChannelsLast.MostPadding:N0}.");
        reader.Give(node, value with { Padding = padding });
    }

    public static void ReadConcat(GraphReader reader, GraphNode node)
    {
        ChannelsLastValue[] values = [.. Enumerable.Range(0, Math.Max(0, node.Inputs.Length - 1)).Select(i => reader.Take(node, i))];
        if (values.Length < 2 || reader.TakeConstant(node, values.Length, "axis").Wholes(node, "axis") is not [int axis] || !ChannelsLast.CanJoin(values, axis))
            throw node.Refuse("it joins values along another axis than that of their channels, the last one, and Graft joins channels.");
        reader.Give(node, values[0] with { Name = reader.Add(node, new Concat(values.Length), values) });
    }

    public static void ReadIdentity(GraphReader reader, GraphNode node)
    {
        if (node.Has(0) && reader.Known(node.Inputs[0]) is { } constant) reader.Give(node, constant);
        else reader.Give(node, reader.Take(node, 0, padded: true));
    }

    // Of a shape, or of an image's whole numbers.
    public static void ReadCast(GraphReader reader, GraphNode node)
    {
        string type = node.Type("DstT");
        bool isShape = node.Has(0) && reader.Known(node.Inputs[0]) is not null;
        if (type != "DT_FLOAT" && !(isShape && type is "DT_INT32" or "DT_INT64")) throw node.Refuse($"it makes numbers of the type {WeightFileException.Quote(type)}, and DT_FLOAT is read.");
        ReadIdentity(reader, node);
    }
}
