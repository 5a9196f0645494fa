using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>The attributes that convolutions and pooling share.</summary>
internal static class WindowReader
{
    private const int Most = 4096;

    /// <summary>The stride, dilation and padding of a square window.</summary>
    /// <param name="node">The node.</param>
    /// <param name="image">The image's extents in Graft's order.</param>
    /// <param name="kernel">The window's side.</param>
    public static (int Stride, int Dilation, Padding Padding) Read(OnnxNode node, Shape image, int kernel)
    {
        int stride = Square(node, "strides"), dilation = Square(node, "dilations");
        if (kernel > Most) throw node.Refuse($"its window has a side of {kernel}; at most {Most} is read.");
        string automatic = node.Text("auto_pad", "NOTSET");
        Padding padding;
        switch (automatic)
        {
            case "SAME_UPPER":
                padding = Padding.Same;
                break;
            case "SAME_LOWER":
                (int bottom, int top) = Padding.Same.Vertical(image[1], kernel, stride, dilation);
                (int right, int left) = Padding.Same.Horizontal(image[2], kernel, stride, dilation);
                padding = new Padding(false, top, bottom, left, right);
                break;
            case "VALID":
                padding = Padding.None;
                break;
            case "NOTSET" or "":
                long[] pads = node.Ints("pads") ?? [0, 0, 0, 0];
                if (pads.Length != 4 || pads.Any(pad => pad is < 0 or > Most)) throw node.Refuse($"its padding is [{Join(pads)}]; four numbers from 0 to {Most} are read.");
                padding = new Padding(false, (int)pads[0], (int)pads[2], (int)pads[1], (int)pads[3]);
                break;
            default:
                throw node.Refuse($"it pads by the rule {OnnxNode.Quote(automatic)}.");
        }

        return (stride, dilation, padding);
    }

    /// <summary>The one number of an attribute that has one for each direction.</summary>
    public static int Square(OnnxNode node, string attribute)
    {
        long[] values = node.Ints(attribute) ?? [1, 1];
        if (values.Length != 2 || values[0] != values[1] || values[0] is < 1 or > Most)
            throw node.Refuse($"its {attribute} are [{Join(values)}]; two equal numbers from 1 to {Most} are read.");
        return (int)values[0];
    }

    public static string Join(IReadOnlyCollection<long> values) => string.Join(", ", values.Take(8)) + (values.Count > 8 ? ", ..." : "");
}
