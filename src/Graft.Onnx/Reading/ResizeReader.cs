using Graft.Operations;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>Resize, to a size or by factors. Where a file gives factors, places are mapped by them, as the standard says, and not by the quotient of the sides.</summary>
internal static class ResizeReader
{
    private const int Most = 16384;

    public static void Read(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0);
        Shape shape = reader.Shape(value);
        if (value.Rank != 4 || shape.Rank != 4) throw node.Refuse("Graft resizes only images.");
        if (reader.OperatorSet < 11 || node.Int("antialias", 0) != 0 || node.Text("keep_aspect_ratio_policy", "stretch") != "stretch")
            throw node.Refuse("Graft resizes without antialiasing, to a size or by scales.");
        (float Height, float Width)? scale = node.Has(3) ? null : Scale(reader, node, value);
        (int height, int width) = scale is { } by ? (Resize.Scaled(shape[1], by.Height), Resize.Scaled(shape[2], by.Width)) : Size(reader, node, value, shape);
        if (height is < 1 or > Most || width is < 1 or > Most) throw node.Refuse($"it resizes to {height}x{width}; sides from 1 to {Most} are read.");

        // Whole factors are the quotient of the sides.
        bool whole = scale is { } factors ? float.IsInteger(factors.Height) && float.IsInteger(factors.Width) : height % shape[1] == 0 && width % shape[2] == 0;
        reader.AddInPlace(node, new Resize(height, width, Mode(node, height, width, whole)) { Scale = whole ? null : scale }, value);
    }

    private static (int Height, int Width) Size(GraphReader reader, OnnxNode node, Value value, Shape shape)
    {
        (int h, int w) = value.ChannelsLast ? (1, 2) : (2, 3);
        long[] sizes = OfAllAxes(node, reader.TakeConstant(node, 3, "size").Integers(), reader.Extents(value));
        if (sizes.Length != 4 || sizes[value.ChannelsLast ? 3 : 1] != shape[3]) throw node.Refuse("it resizes more than height and width.");
        return ((int)Math.Clamp(sizes[h], -1, int.MaxValue), (int)Math.Clamp(sizes[w], -1, int.MaxValue));
    }

    private static (float Height, float Width) Scale(GraphReader reader, OnnxNode node, Value value)
    {
        (int h, int w) = value.ChannelsLast ? (1, 2) : (2, 3);
        Constant scales = reader.TakeConstant(node, 2, "scales");
        float[] factors = scales is { Count: <= 4, IsFloat: true } ? OfAllAxes(node, scales.Floats(), [1f, 1f, 1f, 1f]) : [];
        if (factors.Length != 4) throw node.Refuse("its scales are not four float32 numbers, or one for each axis that it names.");
        if (factors[0] != 1 || factors[value.ChannelsLast ? 3 : 1] != 1) throw node.Refuse("it resizes more than height and width.");
        if (!(factors[h] > 0 && factors[w] > 0 && float.IsFinite(factors[h]) && float.IsFinite(factors[w]))) throw node.Refuse($"its scales are {factors[h]} and {factors[w]}; they must be positive.");
        return (factors[h], factors[w]);
    }

    /// <summary>Numbers of the axes that a node names among those of all four; as they are where it names none.</summary>
    private static T[] OfAllAxes<T>(OnnxNode node, T[] numbers, T[] all)
    {
        if (node.Ints("axes") is not { } axes) return numbers;
        if (axes.Length != numbers.Length || axes.Any(axis => axis is < -4 or > 3)) throw node.Refuse($"it has {numbers.Length} numbers for the axes [{WindowReader.Join(axes)}].");
        T[] filled = [.. all];
        for (int i = 0; i < axes.Length; i++) filled[axes[i] < 0 ? axes[i] + 4 : axes[i]] = numbers[i];
        return filled;
    }

    private static ResizeMode Mode(OnnxNode node, int height, int width, bool whole)
    {
        string mode = node.Text("mode", "nearest"), centre = node.Text("coordinate_transformation_mode", "half_pixel");
        string nearest = node.Text("nearest_mode", "round_prefer_floor");
        return (mode, centre, nearest) switch
        {
            ("nearest", "asymmetric", "floor") => ResizeMode.Nearest,

            // Enlarged by whole factors, the nearest centre is that of the pixel that an element lies in.
            ("nearest", "half_pixel", "round_prefer_floor" or "round_prefer_ceil") when whole => ResizeMode.Nearest,
            ("linear", "half_pixel", _) => ResizeMode.Bilinear,
            ("linear", "pytorch_half_pixel", _) when height > 1 && width > 1 => ResizeMode.Bilinear,
            _ => throw node.Refuse($"it resizes by {OnnxNode.Quote($"{mode}, {centre}, {nearest}")}; Graft has 'nearest, asymmetric, floor' and 'linear, half_pixel'."),
        };
    }
}
