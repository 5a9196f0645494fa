namespace Graft.Onnx.Reading;

/// <summary>
/// The chains of small integer nodes that exporters write to compute a shape: since all extents but the batch are known, they are worked out here.
/// </summary>
internal static class ShapeArithmetic
{
    private const int Most = 64;

    /// <summary>Reads a node whose value is known before the network runs.</summary>
    /// <returns>Whether it is one.</returns>
    public static bool TryRead(GraphReader reader, OnnxNode node)
    {
        switch (node.Type)
        {
            case "Constant":
                reader.Give(node, new Constant(node.Output, reader.Whole(node.Output, NodeReader.ConstantTensor(node))));
                return true;
            case "Shape":
                long[] extents = reader.Extents(reader.Take(node, 0));
                Give(extents[Span(node.Int("start", 0), node.Int("end", extents.Length), extents.Length)]);
                return true;
            case "Identity" or "Cast" when Input(0) is { } same:
                reader.Give(node, same);
                return true;
            case "Squeeze" or "Unsqueeze" when Input(0) is { IsFloat: false } scalar:
                Give(scalar.Integers());
                return true;
            case "Concat" when Input(0) is { IsFloat: false }:
                List<long> joined = [];
                for (int i = 0; i < node.Inputs.Count; i++)
                {
                    joined.AddRange(reader.TakeConstant(node, i, "input").Integers());
                    if (joined.Count > Most) throw node.Refuse($"it makes a shape of more than {Most} extents.");
                }

                Give([.. joined]);
                return true;
            case "Gather" when Input(0) is { IsFloat: false } choices:
                long[] from = choices.Integers();
                Give([.. reader.TakeConstant(node, 1, "indices").Integers().Select(index => from[Index(index, from.Length)])]);
                return true;
            case "Slice" when Input(0) is { IsFloat: false } whole:
                long[] all = whole.Integers();
                long[] starts = node.Ints("starts") ?? reader.TakeConstant(node, 1, "start").Integers();
                long[] ends = node.Ints("ends") ?? reader.TakeConstant(node, 2, "end").Integers();
                long[] axes = node.Ints("axes") ?? (node.Has(3) ? reader.TakeConstant(node, 3, "axes").Integers() : [0]);
                long[] step = node.Has(4) ? reader.TakeConstant(node, 4, "step").Integers() : [1];
                switch (starts, ends, axes, step, whole.Shape.Length)
                {
                    case ([long start], [long end], [0], [1], 1):
                        Give(all[Span(start, end, all.Length)]);
                        return true;
                    case ([-1], [<= -1 - Most], [0], [-1], 2) when whole.Shape[1] > 0:
                        // PyTorch writes paddings from the last axis to the first, and turns them around in the file.
                        Give([.. all.Chunk(whole.Shape[1]).Reverse().SelectMany(row => row)], whole.Shape);
                        return true;
                    default:
                        throw node.Refuse("it cuts a shape in another way than from one place to another.");
                }

            case "ConstantOfShape":
                long[] counts = reader.TakeConstant(node, 0, "extents").Integers();
                if (counts is not [>= 0 and <= Most] || (node.Find("value")?.T is { } fill && fill.DataType != (int)Protos.TensorProto.Types.DataType.Int64))
                    throw node.Refuse($"it makes something else than a list of at most {Most} integers.");
                Give([.. Enumerable.Repeat(node.Find("value")?.T is { } one ? new Constant(node.Output, reader.Whole(node.Output, one)).Integers().FirstOrDefault() : 0, (int)counts[0])]);
                return true;
            case "Reshape" when Input(0) is { IsFloat: false } list:
                long[] target = reader.TakeConstant(node, 1, "shape").Integers();
                if (target is [-1]) Give(list.Integers());
                else if (target is [-1, 2] && list.Count % 2 == 0) Give(list.Integers(), [list.Count / 2, 2]);
                else throw node.Refuse("it lays out a shape in another way than in a row or in pairs.");
                return true;
            case "Transpose" when Input(0) is { IsFloat: false, Shape: [int rows, int columns] } table && node.Ints("perm") is null or [1, 0]:
                long[] cells = table.Integers();
                Give([.. Enumerable.Range(0, rows * columns).Select(i => cells[(i % rows * columns) + (i / rows)])], [columns, rows]);
                return true;
            default:
                return false;
        }

        Constant? Input(int index) => node.Has(index) ? reader.Known(node.Inputs[index]) : null;

        void Give(long[] integers, int[]? shape = null) => reader.Give(node, new Constant(node.Output, integers, shape));

        int Index(long index, int length)
        {
            if (index < 0) index += length;
            return index >= 0 && index < length ? (int)index : throw node.Refuse($"it takes element {index} of a shape of {length}.");
        }
    }

    private static Range Span(long start, long end, int length)
    {
        long first = Math.Clamp(start < 0 ? start + length : start, 0, length);
        long last = Math.Clamp(end < 0 ? end + length : end, 0, length);
        return (int)first..(int)Math.Max(first, last);
    }
}
