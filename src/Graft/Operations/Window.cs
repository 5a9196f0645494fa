using Graft.Tensors;

namespace Graft.Operations;

/// <summary>A square window that slides over an image: the rule that convolutions and pooling share.</summary>
internal static class Window
{
    /// <summary>The output's height and width: floor((size + padding - ((kernel - 1) dilation + 1)) / stride) + 1.</summary>
    public static (int Height, int Width) Output(Shape input, int kernel, int stride, int dilation, Padding padding)
    {
        (int top, int bottom) = padding.Vertical(input[1], kernel, stride, dilation);
        (int left, int right) = padding.Horizontal(input[2], kernel, stride, dilation);
        int extent = ((kernel - 1) * dilation) + 1;
        int height = input[1] + top + bottom, width = input[2] + left + right;
        if (height < extent || width < extent)
            throw new NetworkException($"A window of {extent}x{extent} does not fit an image of {input[1]}x{input[2]} with padding {padding}. Use a higher resolution.");
        return (((height - extent) / stride) + 1, ((width - extent) / stride) + 1);
    }
}
