using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>Conv, with the padding before it and a bias added after it.</summary>
internal static class ConvolutionReader
{
    public static void Read(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0, padded: true);
        Constant weight = reader.TakeConstant(node, 1, "weight");
        int[] extents = weight.Shape;
        if (value.Rank != 4 || value.ChannelsLast || extents.Length != 4) throw node.Refuse("Graft convolves [batch, channels, height, width] with [outputs, inputs, height, width].");
        if (extents[2] != extents[3] || extents.Any(extent => extent == 0)) throw node.Refuse($"its kernel is {extents[2]}x{extents[3]}, and Graft's are square.");
        long groups = node.Int("group", 1);
        if (groups < 1 || groups > extents[0]) throw node.Refuse($"it has {Amount.Of(groups, "group")} for {Amount.Of(extents[0], "output")}.");

        string? biasName = node.Has(2) ? node.Inputs[2] : null;
        Tensor? scales = QuantizationReader.ScalesOf(node, weight, axis: 0);
        string name = scales is null ? node.Inputs[1] : weight.Name;
        Constant? bias = node.Has(2) ? reader.TakeConstant(node, 2, "bias") : null;
        string output = node.Output;
        if (bias is null && BiasAfter.Find(reader, node, value, extents[0]) is { } found) (biasName, bias, output) = found;
        string sharing = $"{node.Type}\n{node.Inputs[1]}\n{biasName}";

        Shape shape = reader.Shape(value);
        if (shape.Rank == 2)
        {
            if (extents[2] != 1 || groups != 1 || node.Ints("pads")?.Any(pad => pad != 0) == true)
                throw node.Refuse($"it follows the mean over the image with a kernel of {extents[2]}x{extents[2]} and {groups} groups; only 1x1 of one group, which is a dense layer, is read there.");
            (string, Tensor)[] dense = Arrays(weight.Tensor([extents[0], extents[1]]), scales, bias);
            Dense layer = new(extents[0]) { HasBias = bias is not null, QuantizeWeight = scales is not null };
            reader.Give(output, value with { Name = reader.Add(node, layer, [value], dense, name, "dense " + sharing) });
            return;
        }

        (int stride, int dilation, Padding padding) = WindowReader.Read(node, shape, extents[2]);
        if (value.Padding is { } before && before != default)
        {
            if (padding.IsSame) throw node.Refuse("it pads by itself after a node of type 'Pad'.");
            padding = new Padding(false, padding.Top + before.Top, padding.Bottom + before.Bottom, padding.Left + before.Left, padding.Right + before.Right);
        }

        Conv2d convolution = new(extents[0], extents[2]) { Stride = stride, Dilation = dilation, Groups = (int)groups, Padding = padding, HasBias = bias is not null, QuantizeWeight = scales is not null };
        (string, Tensor)[] arrays = Arrays(weight.Tensor([.. extents]), scales, bias);
        reader.Give(output, new Value(reader.Add(node, convolution, [value], arrays, name, sharing), 4));
    }

    public static void ReadPad(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0, padded: true);
        if (value.Rank != 4 || reader.Shape(value).Rank != 4) throw node.Refuse("Graft pads only images.");
        float fill = node.Has(2) ? Scalar(reader.TakeConstant(node, 2, "value")) : node.Float("value", 0);
        if (node.Text("mode", "constant") != "constant" || fill != 0) throw node.Refuse($"it pads by the rule {OnnxNode.Quote(node.Text("mode", "constant"))} with {fill}, and Graft with zeros.");
        long[] pads = node.Ints("pads") ?? reader.TakeConstant(node, 1, "padding").Integers();
        if (node.Has(3)) pads = OfAllAxes(node, pads, reader.TakeConstant(node, 3, "axes").Integers());
        (int h, int w) = value.ChannelsLast ? (1, 2) : (2, 3);
        if (pads.Length != 8 || pads.Where((pad, i) => i % 4 == h || i % 4 == w ? pad is < 0 or > 4096 : pad != 0).Any())
            throw node.Refuse($"it pads by [{WindowReader.Join(pads)}]; only height and width are padded, by at most 4096.");
        Padding before = value.Padding;
        Padding padding = new(false, before.Top + (int)pads[h], before.Bottom + (int)pads[h + 4], before.Left + (int)pads[w], before.Right + (int)pads[w + 4]);
        if (padding.Top + padding.Bottom + padding.Left + padding.Right > 1 << 20) throw node.Refuse("the paddings before it add up to too much.");
        reader.Give(node, value with { Padding = padding });

        float Scalar(Constant constant) => constant.Count == 1 && constant.IsFloat ? constant.Floats()[0] : throw node.Refuse("the value that it pads with is not one number.");
    }

    // Paddings before and behind each of some axes as those of all four.
    private static long[] OfAllAxes(OnnxNode node, long[] pads, long[] axes)
    {
        if (pads.Length != 2 * axes.Length || axes.Any(axis => axis is < -4 or > 3)) throw node.Refuse($"it has {pads.Length} pads for the axes [{WindowReader.Join(axes)}].");
        long[] all = new long[8];
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = (int)(axes[i] < 0 ? axes[i] + 4 : axes[i]);
            (all[axis], all[axis + 4]) = (pads[i], pads[i + axes.Length]);
        }

        return all;
    }

    private static (string, Tensor)[] Arrays(Tensor weight, Tensor? scales, Constant? bias) =>
    [
        ("weight", weight),
        .. scales is null ? [] : new[] { (QuantizedWeight.Scale, scales) },
        .. bias is null ? [] : new[] { ("bias", bias.Tensor([bias.Count])) },
    ];
}
