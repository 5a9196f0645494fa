using Graft.Tensors;

namespace Graft.Kernels.Convolution;

/// <summary>The numbers of a window that slides over an image <c>[batch, height, width, channels]</c>: what convolution and pooling kernels are called with.</summary>
internal readonly record struct WindowGeometry
{
    public int Batch { get; init; }

    public int Height { get; init; }

    public int Width { get; init; }

    public int Channels { get; init; }

    public int OutHeight { get; init; }

    public int OutWidth { get; init; }

    public int OutChannels { get; init; }

    public int Kernel { get; init; }

    public int Stride { get; init; }

    public int Dilation { get; init; }

    public int Groups { get; init; }

    /// <summary>Rows of zeros above the image.</summary>
    public int Top { get; init; }

    /// <summary>Columns of zeros to the left of it.</summary>
    public int Left { get; init; }

    /// <summary>The rows, and the columns, from the first tap of a window to its last.</summary>
    public int Extent => ((Kernel - 1) * Dilation) + 1;

    /// <summary>Input channels of one group.</summary>
    public int GroupChannels => Channels / Groups;

    /// <summary>Output channels of one group.</summary>
    public int GroupOutChannels => OutChannels / Groups;

    /// <summary>The taps u with 0 &lt;= start + u dilation &lt; size: those of a window that lie inside the image.</summary>
    public (int First, int End) Inside(int start, int size)
    {
        int first = start >= 0 ? 0 : (-start + Dilation - 1) / Dilation;
        int end = start >= size ? 0 : Math.Min(Kernel, (size - 1 - start + Dilation) / Dilation);
        return (Math.Min(first, Kernel), end);
    }

    /// <summary>The geometry of a window on an input of a shape, of one group.</summary>
    public static WindowGeometry Of(Shape input, Shape output, int kernel, int stride, int dilation, Padding padding) => new()
    {
        Batch = input[0],
        Height = input[1],
        Width = input[2],
        Channels = input[3],
        OutHeight = output[1],
        OutWidth = output[2],
        OutChannels = output[3],
        Kernel = kernel,
        Stride = stride,
        Dilation = dilation,
        Groups = 1,
        Top = padding.Vertical(input[1], kernel, stride, dilation).Before,
        Left = padding.Horizontal(input[2], kernel, stride, dilation).Before,
    };
}
