using Graft.Formats;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Lite.Reading;

/// <summary>AVERAGE_POOL_2D, MAX_POOL_2D, and MEAN over the image.</summary>
internal static class PoolReader
{
    public static void ReadAverage(GraphReader reader, LiteOperator op) => Read(reader, op, PoolFunction.Average);

    public static void ReadMax(GraphReader reader, LiteOperator op) => Read(reader, op, PoolFunction.Max);

    public static void ReadMean(GraphReader reader, LiteOperator op)
    {
        ChannelsLastValue value = reader.Take(op, 0);
        int[] axes = reader.TakeConstant(op, 1, "axes").Wholes();
        if (!ChannelsLast.AreHeightAndWidth(axes, value.Rank)) throw op.Refuse($"it takes the mean over the axes [{string.Join(", ", axes.Take(8))}], and Graft over height and width.");
        reader.Finish(op, reader.Pooled(op, value, op.Flag(0) ? 4 : 2));
    }

    private static void Read(GraphReader reader, LiteOperator op, PoolFunction function)
    {
        ChannelsLastValue value = reader.Take(op, 0);
        Shape shape = reader.Shape(value);
        (int height, int width) = (op.Int(4), op.Int(3));
        if (value.Rank != 4) throw op.Refuse("Graft pools images.");
        bool isWhole = shape.Rank == 4 && function == PoolFunction.Average && height == shape[1] && width == shape[2] && !WindowReader.IsSame(op);
        if (shape.Rank == 2 && (height != 1 || width != 1)) throw op.Refuse($"its window of {height}x{width} is larger than what was pooled to one pixel.");
        if (isWhole || shape.Rank == 2)
        {
            ChannelsLastValue pooled = reader.Pooled(op, value, rank: 4);
            reader.Finish(op, isWhole ? Halves(reader, op, pooled, height * width, isCut: false) : pooled, ActivationReader.Of(op, 5));
            return;
        }

        int side = WindowReader.Square(op, height, width, "window"), stride = WindowReader.Square(op, op.Int(2), op.Int(1), "stride");
        Pool2d pool = new(function, side) { Stride = stride, Padding = WindowReader.Padding(op) };
        ChannelsLastValue windows = value with { Name = reader.Add(op, pool, [value]) };
        reader.Finish(op, function == PoolFunction.Average ? Halves(reader, op, windows, side * side, isCut: pool.Padding.IsSame) : windows, ActivationReader.Of(op, 5));
    }

    /// <summary>
    /// The file's means of whole numbers go from a half away from 0, where Graft's rounding takes the even number: in an image of 4x4 pixels every sixteenth mean is a half. They are moved away from the file's 0 by less than lies between
    /// a half and its neighbours. Windows that the border cuts off have means of fewer pixels, an even number of them, too.
    /// </summary>
    private static ChannelsLastValue Halves(GraphReader reader, LiteOperator op, ChannelsLastValue value, int pixels, bool isCut)
    {
        if (!reader.Rounds(op) || (pixels % 2 != 0 && !isCut) || op.Output.Grid is not { } grid) return value;
        float zero = op.Output.Type == LiteType.Int8 ? grid.At(LiteTensor.Signed) : grid.At(0);
        double more = 1 / (1024.0 * pixels);
        return ArithmeticReader.Scaled(reader, op, value, (float)(1 + more), (float)(-more * zero));
    }
}
