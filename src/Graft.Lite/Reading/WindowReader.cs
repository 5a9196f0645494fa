using Graft.Tensors;

namespace Graft.Lite.Reading;

/// <summary>The options that convolutions and pooling share.</summary>
internal static class WindowReader
{
    private const int Most = 4096;

    /// <summary>Whether an operator pads by the rule SAME.</summary>
    public static bool IsSame(LiteOperator op) => op.Choice(0) switch
    {
        0 => true,
        1 => false,
        int other => throw op.Refuse($"it pads by the rule {other}, and SAME (0) and VALID (1) are read."),
    };

    public static Padding Padding(LiteOperator op) => IsSame(op) ? Tensors.Padding.Same : Tensors.Padding.None;

    /// <summary>The one number of what is the same vertically and horizontally.</summary>
    public static int Square(LiteOperator op, int vertical, int horizontal, string what) => vertical == horizontal && vertical is >= 1 and <= Most
        ? vertical
        : throw op.Refuse($"its {what} is {vertical}x{horizontal}, and Graft's are square, from 1 to {Most:N0}.");
}
