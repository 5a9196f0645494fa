using Graft.Tensors;

namespace Graft.Formats.GraphModels;

/// <summary>The attributes that convolutions and pooling share.</summary>
internal static class WindowReader
{
    private const int Most = 4096;

    /// <summary>Makes sure that a node's channels are the last axis.</summary>
    public static void RequireChannelsLast(GraphNode node)
    {
        string format = node.Text("data_format");
        if (format is not ("NHWC" or "")) throw node.Refuse($"its images are {WeightFileException.Quote(format)}, and NHWC is read.");
    }

    /// <summary>The zeros around an image.</summary>
    public static Padding Padding(GraphNode node)
    {
        string rule = node.Text("padding");
        if (rule is "SAME") return Tensors.Padding.Same;
        if (rule is "VALID") return Tensors.Padding.None;
        if (rule is not "EXPLICIT") throw node.Refuse($"it pads by the rule {WeightFileException.Quote(rule)}, and SAME, VALID and EXPLICIT are read.");
        int[] pads = node.Ints("explicit_paddings");
        return ChannelsLast.Padded(default, pads) ?? throw node.Refuse($"it pads by [{string.Join(", ", pads.Take(8))}]; only height and width are padded, by at most {ChannelsLast.MostPadding:N0}.");
    }

    /// <summary>The one number of an attribute <c>[1, vertical, horizontal, 1]</c>.</summary>
    public static int Square(GraphNode node, string attribute)
    {
        int[] numbers = node.Ints(attribute);
        if (numbers.Length == 0) return 1;
        if (numbers is not [1, _, _, 1]) throw node.Refuse($"its {attribute} are [{string.Join(", ", numbers.Take(8))}]; [1, n, n, 1] is read.");
        return Square(node, numbers[1], numbers[2], attribute);
    }

    /// <summary>The one number of what is the same vertically and horizontally.</summary>
    public static int Square(GraphNode node, int vertical, int horizontal, string what) => vertical == horizontal && vertical is >= 1 and <= Most
        ? vertical
        : throw node.Refuse($"its {what} is {vertical}x{horizontal}, and Graft's are square, from 1 to {Most:N0}.");
}
