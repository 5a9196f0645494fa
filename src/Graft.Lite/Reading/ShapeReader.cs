using Graft.Formats;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Lite.Reading;

/// <summary>RESHAPE and SQUEEZE of pooled features, which leave them as they are, and PAD.</summary>
internal static class ShapeReader
{
    public static void ReadConcat(GraphReader reader, LiteOperator op)
    {
        ChannelsLastValue[] values = [.. Enumerable.Range(0, op.Inputs.Length).Select(i => reader.Take(op, i))];
        if (values.Length < 2 || !ChannelsLast.CanJoin(values, op.Int(0))) throw op.Refuse($"it joins {Amount.Of(values.Length, "value")} along axis {op.Int(0)}, and Graft joins the channels of two and more, which are the last axis.");
        reader.Finish(op, values[0] with { Name = reader.Add(op, new Concat(values.Length), values) }, ActivationReader.Of(op, 1));
    }

    public static void ReadReshape(GraphReader reader, LiteOperator op)
    {
        ChannelsLastValue value = reader.Take(op, 0);
        int[] target = op.Has(1) && reader.Known(op.Inputs[1]) is { Type: LiteType.Int32 } given ? given.Wholes() : op.Ints(0) is { Length: > 0 } fixedShape ? fixedShape : op.Output.Shape;
        Shape shape = reader.Shape(value);
        if (ChannelsLast.KeepsImage(shape, target)) reader.Finish(op, value);
        else if (ChannelsLast.KeepsFeatures(shape, target)) reader.Finish(op, reader.Pooled(op, value, target.Length));
        else throw op.Refuse($"it makes [{string.Join(", ", target.Take(8))}] of {shape}, and Graft flattens only what was pooled to one pixel.");
    }

    public static void ReadSqueeze(GraphReader reader, LiteOperator op)
    {
        ChannelsLastValue value = reader.Take(op, 0);
        Shape shape = reader.Shape(value);
        int[] axes = op.Ints(0);
        if (value.Rank != 4 || !ChannelsLast.IsOnePixel(shape) || (axes.Length > 0 && !ChannelsLast.AreHeightAndWidth(axes, value.Rank))) throw op.Refuse($"it takes the axes [{string.Join(", ", axes)}] off {shape}, and Graft takes height and width off what was pooled to one pixel.");
        reader.Finish(op, reader.Pooled(op, value, rank: 2));
    }

    public static void ReadPad(GraphReader reader, LiteOperator op)
    {
        ChannelsLastValue value = reader.Take(op, 0, padded: true);
        int[] pads = reader.TakeConstant(op, 1, "padding").Wholes();
        if (value.Rank != 4 || reader.Shape(value).Rank != 4) throw op.Refuse("Graft pads only images.");
        Padding padding = ChannelsLast.Padded(value.Padding, pads) ?? throw op.Refuse($"it pads by [{string.Join(", ", pads.Take(8))}]; only height and width are padded, by at most {ChannelsLast.MostPadding:N0}.");
        reader.Give(op, value with { Padding = padding });
    }
}
