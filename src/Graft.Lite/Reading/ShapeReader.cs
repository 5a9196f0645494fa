using Graft.Tensors;

namespace Graft.Lite.Reading;

/// <summary>RESHAPE and SQUEEZE of pooled features, which leave them as they are, and PAD.</summary>
internal static class ShapeReader
{
    private const int MostPadding = 4096;

    public static void ReadReshape(GraphReader reader, LiteOperator op)
    {
        Value value = reader.Take(op, 0);
        int[] target = op.Has(1) && reader.Known(op.Inputs[1]) is { Type: LiteType.Int32 } given ? given.Wholes() : op.Ints(0) is { Length: > 0 } fixedShape ? fixedShape : op.Output.Shape;
        Shape shape = reader.Shape(value);
        int channels = shape[^1], rank = target.Length;
        bool isOnePixel = shape.Rank == 2 || (shape[1] == 1 && shape[2] == 1);
        bool isFeatures = rank is 2 or 4 && target[^1] is var last && (last == channels || last == -1) && (rank == 2 || (target[1] is 1 or -1 && target[2] is 1 or -1));
        if (rank == 4 && shape.Rank == 4 && target[1] == shape[1] && target[2] == shape[2] && target[3] == channels) reader.Finish(op, value);
        else if (isOnePixel && isFeatures) reader.Finish(op, reader.Pooled(op, value, rank));
        else throw op.Refuse($"it makes [{string.Join(", ", target.Take(8))}] of {shape}, and Graft flattens only what was pooled to one pixel.");
    }

    public static void ReadSqueeze(GraphReader reader, LiteOperator op)
    {
        Value value = reader.Take(op, 0);
        Shape shape = reader.Shape(value);
        int[] axes = [.. op.Ints(0).Select(axis => axis < 0 ? axis + value.Rank : axis).Order()];
        bool isOnePixel = shape.Rank == 2 || (shape[1] == 1 && shape[2] == 1);
        if (value.Rank != 4 || !isOnePixel || (axes is not ([] or [1, 2]))) throw op.Refuse($"it takes the axes [{string.Join(", ", axes)}] off {shape}, and Graft takes height and width off what was pooled to one pixel.");
        reader.Finish(op, reader.Pooled(op, value, rank: 2));
    }

    public static void ReadPad(GraphReader reader, LiteOperator op)
    {
        Value value = reader.Take(op, 0, padded: true);
        int[] pads = reader.TakeConstant(op, 1, "padding").Wholes();
        if (value.Rank != 4 || reader.Shape(value).Rank != 4) throw op.Refuse("Graft pads only images.");
        if (pads.Length != 8 || pads.Where((pad, i) => i is >= 2 and < 6 ? pad is < 0 or > MostPadding : pad != 0).Any())
            throw op.Refuse($"it pads by [{string.Join(", ", pads.Take(8))}]; only height and width are padded, by at most {MostPadding:N0}.");
        Padding before = value.Padding;
        Padding padding = new(false, before.Top + pads[2], before.Bottom + pads[3], before.Left + pads[4], before.Right + pads[5]);
        if (padding.Top + padding.Bottom + padding.Left + padding.Right > 8 * MostPadding) throw op.Refuse("the paddings before it add up to too much.");
        reader.Give(op, value with { Padding = padding });
    }
}
