namespace Graft.Kernels.Convolution;

/// <summary>
/// Turns the rows of a convolution's output (one group, no dilation) into matrix products: each output row is one call whose windows step along the
/// image. Where zeros surround the image, the rows it needs are first copied into a buffer with the zeros around them.
/// </summary>
internal sealed unsafe class ConvolutionRows
{
    private readonly WindowGeometry g;
    private readonly long pitch;

    public ConvolutionRows(in WindowGeometry geometry)
    {
        g = geometry;
        int columns = ((g.OutWidth - 1) * g.Stride) + g.Kernel, rows = ((g.OutHeight - 1) * g.Stride) + g.Kernel;
        IsDirect = g.Top == 0 && g.Left == 0 && columns <= g.Width && rows <= g.Height;
        pitch = (long)(IsDirect ? g.Width : columns) * g.Channels;
    }

    /// <summary>Whether windows can be read from the image as it is.</summary>
    public bool IsDirect { get; }

    /// <summary>Whether the whole output is one matrix product with the image: 1x1, step 1.</summary>
    public bool IsPointwise => IsDirect && g.Kernel == 1 && g.Stride == 1;

    /// <summary>The size of the buffer for a number of output rows.</summary>
    public long BufferFloats(int rows) => IsDirect ? 0 : ((((rows - 1) * g.Stride) + g.Kernel) * pitch) + 16;

    /// <summary>Copies what output rows <paramref name="first"/> to <paramref name="end"/> - 1 need into the buffer.</summary>
    public void Prepare(float* image, int first, int end, float* buffer)
    {
        if (IsDirect) return;
        int top = (first * g.Stride) - g.Top, bottom = ((end - 1) * g.Stride) - g.Top + g.Kernel;
        int length = (int)pitch, left = Math.Min(g.Left * g.Channels, length), inside = Math.Min(g.Width * g.Channels, length - left), right = length - left - inside;
        for (int row = top; row < bottom; row++, buffer += length)
        {
            if (row < 0 || row >= g.Height)
            {
                new Span<float>(buffer, length).Clear();
                continue;
            }

            new Span<float>(buffer, left).Clear();
            new ReadOnlySpan<float>(image + ((nint)row * g.Width * g.Channels), inside).CopyTo(new Span<float>(buffer + left, inside));
            new Span<float>(buffer + left + inside, right).Clear();
        }
    }

    /// <summary>The call for one output row; target, residual and clamp are the caller's.</summary>
    /// <param name="image">The image.</param>
    /// <param name="buffer">What <see cref="Prepare"/> filled.</param>
    /// <param name="first">The first output row that it was filled for.</param>
    /// <param name="row">The output row.</param>
    public PanelCall Call(float* image, float* buffer, int first, int row) => new()
    {
        Source = IsDirect ? image + (row * g.Stride * pitch) : buffer + ((row - first) * g.Stride * pitch),
        SourceStride = g.Stride * g.Channels,
        Segments = g.Kernel,
        SegmentLength = g.Kernel * g.Channels,
        SegmentStride = (nint)pitch,
        Rows = g.OutWidth,
    };
}
