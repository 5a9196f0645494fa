using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Formats;

/// <summary>A value of a file whose images are <c>[batch, height, width, channels]</c>, as Graft's network computes it.</summary>
/// <param name="Name">The node or input of Graft's network.</param>
/// <param name="Rank">The number of axes in the file. Graft's pooled features are <c>[batch, channels]</c> at once, where the file may keep <c>[batch, 1, 1, channels]</c>.</param>
/// <param name="Padding">Zeros around the image that only what follows can take in.</param>
internal sealed record ChannelsLastValue(string Name, int Rank, Padding Padding = default);

/// <summary>What the readers of TensorFlow's two kinds of graphs have in common: rules about values whose channels are the last axis.</summary>
internal static class ChannelsLast
{
    /// <summary>The most zeros that a pad puts on a side.</summary>
    public const int MostPadding = 4096;

    // TensorFlow's relu6(x + 3) / 6 is written with float32 numbers, or with those that bytes stand for.
    private const float Near = 0.01f, NearSixth = 1e-4f;

    /// <summary>Whether a value is one number for each channel: pooled, or an image of one pixel.</summary>
    public static bool IsOnePixel(Shape shape) => shape.Rank == 2 || (shape[1] == 1 && shape[2] == 1);

    /// <summary>Whether two values can be multiplied: they have one shape, or one is a factor for each channel of the other, <c>[batch, channels]</c> here and <c>[batch, 1, 1, channels]</c> in files, which spread it over the image.</summary>
    public static bool CanMultiply(Shape first, Shape second)
    {
        return first == second || AreFactors(first, second) || AreFactors(second, first);

        static bool AreFactors(Shape shape, Shape image) => image.Rank == 4 && shape[^1] == image[3] && shape.Count == (long)shape[0] * shape[^1];
    }

    /// <summary>Whether values can be joined along an axis: it is that of their channels, and all have as many axes.</summary>
    /// <param name="values">The values.</param>
    /// <param name="axis">The axis, from the end where negative.</param>
    public static bool CanJoin(ReadOnlySpan<ChannelsLastValue> values, int axis)
    {
        foreach (ChannelsLastValue value in values)
            if (value.Rank != values[0].Rank) return false;
        return axis == -1 || axis == values[0].Rank - 1;
    }

    /// <summary>Whether a constant is one number, or one for each of a value's channels, when it is spread over the value.</summary>
    public static bool IsPerChannel(ReadOnlySpan<int> constant, long count, int rank, int channels) =>
        count == 1 || (count == channels && constant.Length <= rank && constant[^1] == channels);

    /// <summary>Whether axes are the height and width of images.</summary>
    /// <param name="axes">The axes, from the end where negative.</param>
    /// <param name="rank">The number of axes that there are.</param>
    public static bool AreHeightAndWidth(int[] axes, int rank) => rank == 4 && axes.Select(axis => axis < 0 ? axis + rank : axis).Order().SequenceEqual([1, 2]);

    /// <summary>Whether a reshape leaves what was pooled to one pixel as it is, but for axes of 1.</summary>
    /// <param name="shape">The value's extents here.</param>
    /// <param name="target">The extents that are asked for; -1 for one that is left to be found.</param>
    public static bool KeepsFeatures(Shape shape, int[] target) =>
        IsOnePixel(shape) && target.Length is 2 or 4 && (target[^1] == shape[^1] || target[^1] == -1) && (target.Length == 2 || (target[1] is 1 or -1 && target[2] is 1 or -1));

    /// <summary>Whether a reshape leaves an image as it is.</summary>
    public static bool KeepsImage(Shape shape, int[] target) => target.Length == 4 && shape.Rank == 4 && target[1] == shape[1] && target[2] == shape[2] && target[3] == shape[3];

    /// <summary>A padding with those of a pad, <c>[[0, 0], [top, bottom], [left, right], [0, 0]]</c>, around it; null where other axes are padded, or by too much.</summary>
    public static Padding? Padded(Padding before, int[] pads)
    {
        if (pads.Length != 8 || pads.Where((pad, i) => i is >= 2 and < 6 ? pad is < 0 or > MostPadding : pad != 0).Any()) return null;
        Padding padding = new(false, before.Top + pads[2], before.Bottom + pads[3], before.Left + pads[4], before.Right + pads[5]);
        return padding.Largest <= 2 * MostPadding ? padding : null;
    }

    /// <summary>y = factor x + offset for each channel, as a norm.</summary>
    /// <param name="channels">The channels.</param>
    /// <param name="factor">The factor of each.</param>
    /// <param name="offset">The offset of each.</param>
    public static (BatchNorm Norm, (string, Tensor)[] Arrays) Affine(int channels, Func<int, float> factor, Func<int, float> offset)
    {
        const float Epsilon = 1e-5f;
        Tensor weight = new([channels]), bias = new([channels]), mean = new([channels]), variance = new([channels]);
        for (int c = 0; c < channels; c++) (weight.Span[c], bias.Span[c], variance.Span[c]) = (factor(c), offset(c), 1 - Epsilon);
        return (new BatchNorm { Epsilon = Epsilon }, [("weight", weight), ("bias", bias), ("running_mean", mean), ("running_var", variance)]);
    }

    /// <summary>Whether a constant is the 3 of relu6(x + 3) / 6, as hard sigmoids are written where there is no such operation.</summary>
    public static bool IsThree(float number) => Math.Abs(number - 3) < Near;

    /// <summary>Whether a constant is the sixth of relu6(x + 3) / 6.</summary>
    public static bool IsSixth(float number) => Math.Abs(number - (1f / 6)) < NearSixth;
}
